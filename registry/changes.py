"""What an import would change: rows added, changed field by field, retired."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from registry.cells import write as cell_value
from registry.mistakes import shown
from registry.model import Registry
from registry.sheets import SHEETS
from registry.tables import Fields, by_key, rows_of

LISTED = 20  # rows of one sheet and kind that a table shows before it only counts
KEY = 32  # characters of each part of a key
HEADER = ("시트", "구분", "대상", "내용")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field, as its cell would show it before and after."""

    field: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.field}: {shown(self.old) or '(빈칸)'} → {shown(self.new) or '(빈칸)'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One row that stays and differs. `key` is the values of its sheet's key columns."""

    key: tuple[str, ...]
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetChanges:
    """One sheet's changes. Rows by key; what is missing from the new registry is retired."""

    sheet: str
    added: Mapping[tuple[str, ...], Fields]
    changed: tuple[Changed, ...]
    retired: Mapping[tuple[str, ...], Fields]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Every sheet's changes, by sheet name. `str()` is a table in Korean; false: nothing differs."""

    sheets: Mapping[str, SheetChanges]

    def __bool__(self) -> bool:
        return any(self.sheets.values())

    def __getitem__(self, sheet: str) -> SheetChanges:
        return self.sheets[sheet]

    def __str__(self) -> str:
        if not self:
            return "바뀐 것이 없습니다."
        lines = [HEADER, *(line for changes in self.sheets.values() for line in _lines(changes))]
        return "\n".join([*_aligned(lines), self._sum()])

    def _sum(self) -> str:
        added = sum(len(changes.added) for changes in self.sheets.values())
        changed = sum(len(changes.changed) for changes in self.sheets.values())
        retired = sum(len(changes.retired) for changes in self.sheets.values())
        return f"모두 추가 {added}건, 변경 {changed}건, 중단 {retired}건입니다."


def compare(old: Registry | None, new: Registry) -> Changes:
    """What importing `new` over `old` would do; None for `old`: everything is added."""
    return Changes(sheets={sheet: _compare_sheet(old, new, sheet) for sheet in SHEETS})


def _compare_sheet(old: Registry | None, new: Registry, sheet: str) -> SheetChanges:
    before = by_key(rows_of(old, sheet), sheet) if old else {}
    after = by_key(rows_of(new, sheet), sheet)
    differing = (
        Changed(key=key, fields=fields)
        for key, row in after.items()
        if key in before and (fields := tuple(_fields(before[key], row, sheet)))
    )
    return SheetChanges(
        sheet=sheet,
        added={key: row for key, row in after.items() if key not in before},
        changed=tuple(differing),
        retired={key: row for key, row in before.items() if key not in after},
    )


def _fields(old: Fields, new: Fields, sheet: str) -> Iterator[FieldChange]:
    for column in SHEETS[sheet].columns:
        if old[column.name] != new[column.name]:
            was, becomes = (str(cell_value(row[column.name], column)) for row in (old, new))
            yield FieldChange(field=column.name, old=was, new=becomes)


def _lines(changes: SheetChanges) -> Iterator[tuple[str, str, str, str]]:
    title = SHEETS[changes.sheet].title
    changed = {row.key: "; ".join(map(str, row.fields)) for row in changes.changed}
    for kind, rows in (
        ("추가", {key: _name(row) for key, row in changes.added.items()}),
        ("변경", changed),
        ("중단", {key: _name(row) for key, row in changes.retired.items()}),
    ):
        for key, text in list(rows.items())[:LISTED]:
            yield title, kind, " / ".join(shown(part, KEY) for part in key), text
        if len(rows) > LISTED:
            yield title, kind, f"외 {len(rows) - LISTED}건", ""


def _name(row: Fields) -> str:
    """What a person knows the row by, beside its key."""
    return shown(str(row.get("name") or row.get("purpose") or row.get("value") or ""))


def _aligned(lines: list[tuple[str, str, str, str]]) -> Iterator[str]:
    widths = [max(_width(line[place]) for line in lines) for place in range(len(HEADER))]
    for line in lines:
        cells = (
            text + " " * (width - _width(text)) for text, width in zip(line, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Columns in a terminal: a Hangul syllable takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
