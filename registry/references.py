"""What any table must keep: keys that are unique, references that lead somewhere."""

from collections.abc import Iterator

from registry.cleaning import folded
from registry.mistakes import Mistake, suggestion
from registry.model import Network
from registry.rows import Book, Entry
from registry.sheets import SHEETS, Kind, Sheet

MEANS = {Kind.OFFICE: "offices", Kind.ACCOUNT: "accounts"}
SELF_HOSTED = frozenset({Network.MASTODON, Network.WORDPRESS})  # a handle means nothing without one


def repeated(book: Book) -> Iterator[Mistake]:
    """Rows whose key another row has already."""
    for sheet in SHEETS.values():
        yield from _repeated_keys(book.of(sheet.name), sheet)


def _repeated_keys(entries: list[Entry], sheet: Sheet) -> Iterator[Mistake]:
    first: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        key = tuple(folded(entry.get(column)) for column in sheet.key)
        if all(key):
            earlier = first.setdefault(key, entry)
            if earlier is not entry:
                yield entry.mistake(sheet.key[0], *_twice(earlier))


def _twice(earlier: Entry) -> tuple[str, str]:
    where = f"{earlier.title} 시트 {earlier.number}행"
    return f"{where}에 같은 것이 이미 있습니다.", "둘 중 하나를 지우거나 고치세요."


def repeated_handles(book: Book) -> Iterator[Mistake]:
    """Two accounts that are one: the same handle on the same network and server."""
    first: dict[tuple[str, str, str], Entry] = {}
    for entry in book.of("accounts"):
        network, handle = entry.get("network"), folded(entry.get("handle"))
        server = folded(entry.get("server")) if network in SELF_HOSTED else ""
        if network and handle:
            earlier = first.setdefault((network, server, handle), entry)
            if earlier is not entry:
                yield entry.mistake(
                    "handle",
                    f"같은 네트워크의 같은 계정이 {earlier.number}행({earlier.get('id')})에도 있습니다.",
                    "계정 하나는 한 번만 적으세요.",
                )


def unknown(book: Book) -> Iterator[Mistake]:
    """References to an office or an account that is not there."""
    for sheet in SHEETS.values():
        for column in sheet.columns:
            target = MEANS.get(column.kind)
            if target in book.entries:  # with no such table every reference would be called wrong
                yield from _unknown_in(book.of(sheet.name), column.name, target, book.of(target))


def _unknown_in(
    entries: list[Entry], column: str, target: str, meant: list[Entry]
) -> Iterator[Mistake]:
    known = [entry.get("id") for entry in meant]
    there = frozenset(known)
    for entry in entries:
        value = entry.get(column)
        if value and value not in there:
            right = _by_name(value, meant) or suggestion(value, known)
            yield entry.mistake(column, f"{target} 시트에 없는 id입니다.", right)


def _by_name(value: str, meant: list[Entry]) -> str:
    """The id of the row that goes by this name; empty where none does, or several do."""
    found = [entry.get("id") for entry in meant if folded(entry.get("name")) == folded(value)]
    return f"이름이 아니라 id를 적습니다: {found[0]}." if len(found) == 1 else ""
