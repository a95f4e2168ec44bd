"""Hide private data from the public and from logs."""

from collections.abc import Iterable, Iterator
from unicodedata import category, decimal, normalize

from rules.private import PRIVATE, digits

STAR = "*"


def mask(text: str, *, keep: Iterable[str] = (), hide: Iterable[str] = ()) -> str:
    """A text with each private letter and digit as `*`, everything else as written.

    Hidden are resident and foreigner numbers, phones, plates, cards, e-mail addresses, passports,
    driver's licences and bank accounts, in full-width digits and with zero-width characters in
    between, too. `keep`: the city's own phone numbers (or how they begin: `02-2133`) and e-mail
    addresses (or `@seoul.go.kr`), which stay. `hide`: names and handles of citizens, hidden as
    `mask_name` and `mask_handle` do. Service numbers (120, 1588-xxxx), case numbers, dates,
    prices and coordinates stay. Masking twice changes nothing more.
    """
    for name in sorted(hide, key=len, reverse=True):
        text = text.replace(name, _hidden(name)) if len(name) > 1 else text
    kept = tuple(keep)
    while private := set(_private_places(text, kept)):
        text = "".join(STAR if n in private else c for n, c in enumerate(text))
    return text


def mask_name(name: str) -> str:
    """A person's name with only the ends left: `홍*동`, `홍*`, `남**동`; each word by itself."""
    return " ".join(_ends(word) for word in name.split())


def mask_handle(handle: str) -> str:
    """An account's name with two letters left: `@gildong` and `gildong@server` give `gi*****`."""
    local = handle.lstrip("@＠").partition("@")[0]
    shown = local[:2] if len(local) > 2 else local[:1]
    return shown + STAR * max(len(local) - len(shown), 1)


def _hidden(name: str) -> str:
    if name.startswith("@"):
        return "@" + mask_handle(name)
    return mask_handle(name) if name.isascii() else mask_name(name)


def _ends(word: str) -> str:
    if len(word) <= 2:
        return word[:1] + STAR
    return word[0] + STAR * (len(word) - 2) + word[-1]


def _private_places(text: str, keep: tuple[str, ...]) -> Iterator[int]:
    """Where the letters and digits stand that must be hidden."""
    folded, places = _folded(text)
    for private in PRIVATE:
        group = "it" if "it" in private.pattern.groupindex else 0
        for match in private.pattern.finditer(folded, overlapped=True):
            found = match[group]
            if private.sure(found) and not _is_published(found, keep):
                yield from (places[n] for n in range(*match.span(group)) if folded[n].isalnum())


def _is_published(found: str, keep: tuple[str, ...]) -> bool:
    if "@" in found:
        own = found.casefold()
        return any(
            own == k.casefold() or (k[:1] == "@" and own.endswith(k.casefold())) for k in keep
        )
    number = digits(found)
    number = "0" + number[2:].lstrip("0") if number.startswith("82") else number
    return any(number.startswith(digits(k)) for k in keep if digits(k)[:1] == "0")


def _folded(text: str) -> tuple[str, list[int]]:
    """The text as the patterns read it, and for each of its characters the place in `text`."""
    folded: list[str] = []
    places: list[int] = []
    for n, character in enumerate(text):
        plain = character if character.isascii() else _fold(character)
        folded.append(plain)
        places.extend([n] * len(plain))
    return "".join(folded), places


def _fold(character: str) -> str:
    kind = category(character)
    if kind in ("Cf", "Mn", "Me"):  # not seen, or drawn over the digit before
        return ""
    if kind == "Nd":
        return str(decimal(character))
    if kind == "Pd" or character == "−":
        return "-"
    return " " if kind == "Zs" else normalize("NFKC", character)
