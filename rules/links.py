"""Where links, mentions and hashtags stand in a text: what a network counts, and nobody splits."""

from collections.abc import Iterator

import regex

# Endings that make a bare `seoul.go.kr` a link. Two letters are a country; of the others, the ones
# people write without https://. Any other ending counts as the longer of a link and its letters.
_COUNTRY = r"[a-z]{2}"
_GENERIC = (
    "com|net|org|info|biz|edu|gov|mil|int|name|pro|app|dev|shop|store|online|site|xyz|club|blog|"
    "seoul|news|live|video|wiki|cloud|page|link|email|group|today|world|asia|tech|art|space|run"
)
_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_WIDE_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}_-]{0,61}[\p{L}\p{M}\p{N}])?"
_PATH = r"[a-z0-9\p{Cyrillic}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_PATH_END = r"[a-z0-9\p{Cyrillic}=_#/+\-]"
_TAIL = (
    rf"(?::\d{{1,5}})?"
    rf"(?:/(?:(?:{_PATH}|\({_PATH}*\))*(?:{_PATH_END}|\({_PATH}*\)))?)?"
    r"(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9_&=#/\-])?"
)
_BEFORE = r"(?<![a-z0-9@＠$#＃\u202A-\u202E])"
# After a sign that joins two names X sees no link, but it does where Hangul stands before the sign.
_BEFORE_BARE = rf"{_BEFORE}(?<!/|(?:^|\p{{ASCII}})[_.-])"
_AFTER_ENDING = r"(?![a-z0-9@+-])"

_WITH_SCHEME = (
    rf"{_BEFORE}https?://(?:{_WIDE_LABEL}\.){{1,20}}(?:[a-z]{{2,63}}|한국){_AFTER_ENDING}{_TAIL}"
)
_BARE = rf"{_BEFORE_BARE}(?:{_LABEL}\.){{1,20}}(?P<ending>[a-z]{{2,63}}){_AFTER_ENDING}{_TAIL}"

_FLAGS = regex.IGNORECASE | regex.V1
WITH_SCHEME = regex.compile(_WITH_SCHEME, _FLAGS)
ANY_LINK = regex.compile(rf"{_WITH_SCHEME}|{_BARE}", _FLAGS)
_HOST = regex.compile(r"[:/?#]")
_KNOWN_ENDING = regex.compile(rf"(?:{_COUNTRY}|{_GENERIC})", _FLAGS)

#: Generous on purpose: what is cut must not break a link that a reader would still see as one.
UNBROKEN = regex.compile(
    rf"https?://\S+|{_BARE}"
    r"|(?<![a-z0-9._%+-])[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,9}"  # an e-mail address
    r"|[#＃][\p{L}\p{M}\p{N}_\u200D\uFE0F]+"
    r"|[@＠][\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*(?:@[a-z0-9.-]+)?",
    _FLAGS,
)


def links(text: str, *, bare: bool) -> Iterator[tuple[int, int, bool]]:
    """Start, end and certainty of each link; `bare` finds those without `https://` too.

    Follows twitter-text, which ends a link's path at the first Hangul letter. Not certain: an
    ending that may be no top-level domain, a name too long for the domain name system.
    """
    for match in (ANY_LINK if bare else WITH_SCHEME).finditer(text):
        ending = match.groupdict().get("ending")
        known = ending is None or bool(_KNOWN_ENDING.fullmatch(ending))
        yield match.start(), match.end(), known and _is_resolvable(match[0])


def _is_resolvable(link: str) -> bool:
    """Whether each label of the host is short enough once written in ASCII (RFC 3492)."""
    labels = _HOST.split(link.partition("://")[2] or link, maxsplit=1)[0].split(".")
    return all(
        len(f"xn--{label.encode('punycode').decode()}") <= 63
        for label in labels
        if not label.isascii()
    )


def addresses(text: str) -> Iterator[str]:
    """Each link with `https://`, as far as a reader sees it go: to the next blank."""
    return (match[0] for match in UNBROKEN.finditer(text) if WITH_SCHEME.match(match[0]))


def unbroken(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each link, address, hashtag and mention, which stay whole when cut."""
    return (match.span() for match in UNBROKEN.finditer(text))
