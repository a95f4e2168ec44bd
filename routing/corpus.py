"""Reading offices and labelled posts from CSV files that may come from any city."""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from registry.model import Office, OfficeKind
from routing.gazetteer import PlaceRow, read_places
from routing.label import Label
from routing.place import Places

LARGEST_FIELD = 1_000_000  # characters; Python's csv stops at 131,072 otherwise


class CorpusError(ValueError):
    """A file cannot be used; the message names it, the line and what is needed."""


def read_offices(path: Path) -> tuple[Office, ...]:
    """Read offices (columns id and name; kind, duties and keywords where there are any).

    Without a kind, a name that ends with 구, 구청 or 군 is a district if there are several such.
    """
    rows = list(_rows(path, ("id", "name")))
    if not rows:
        raise CorpusError(f"{path}: no office in it")
    ids = [row["id"] for _, row in rows]
    for (line, row), before in zip(rows, range(len(ids)), strict=True):
        if not row["id"]:
            raise CorpusError(f"{path}, line {line}: an office needs an id")
        if row["id"] in ids[:before]:
            raise CorpusError(f"{path}, line {line}: the id {row['id']!r} is there twice")
    like_districts = sum(bool(_LIKE_A_DISTRICT.search(row["name"])) for _, row in rows) > 1
    return tuple(_office(path, line, row, like_districts) for line, row in rows)


_LIKE_A_DISTRICT = re.compile(r"^[가-힣]{1,4}[구군](?:청)?$")


def _office(path: Path, line: int, row: Mapping[str, str], like_districts: bool) -> Office:
    kind = row.get("kind", "")
    if not kind:
        district = like_districts and _LIKE_A_DISTRICT.search(row["name"])
        kind = OfficeKind.DISTRICT if district else OfficeKind.DEPARTMENT
    if kind not in set(OfficeKind):
        raise CorpusError(f"{path}, line {line}: kind {kind!r} is none of {', '.join(OfficeKind)}")
    keywords = tuple(word.strip() for word in re.split(r"[;,|]", row.get("keywords", "")))
    return Office(
        id=row["id"],
        kind=OfficeKind(kind),
        name=row["name"],
        duties=row.get("duties", ""),
        keywords=tuple(filter(None, keywords)),
    )


def read_labels(path: Path, offices: tuple[Office, ...]) -> tuple[list[Label], list[str]]:
    """Read labelled posts (columns text and office, by id or name), and what was strange in them.

    A row whose office is unknown keeps it: nothing can be learned from it, and no guess is right.
    """
    ids = {office.name: office.id for office in offices} | {
        office.id: office.id for office in offices
    }
    labels, unknown = [], []
    for line, row in _rows(path, ("text", "office")):
        if row["office"] not in ids:
            unknown.append(f"line {line} ({row['office']!r})")
        labels.append(Label(text=row["text"], office=ids.get(row["office"], row["office"])))
    if labels and len(unknown) == len(labels):
        raise CorpusError(
            f"{path}: none of its offices is among those given: {', '.join(unknown[:3])}"
        )
    if unknown:
        return labels, [
            f"{path.name}: {len(unknown)} with an unknown office: {', '.join(unknown[:5])}"
        ]
    return labels, []


def places_beside(path: Path, offices: tuple[Office, ...]) -> Places:
    """The gazetteer `places.csv` beside the offices' file; else the districts' own names."""
    districts = {office.id: office for office in offices if office.kind is OfficeKind.DISTRICT}
    beside = path.parent / "places.csv"
    rows = read_places(beside) if districts and beside.exists() else ()
    known = [row for row in rows if row.district in districts]
    names = [(office.name.removesuffix("청"), office.id) for office in districts.values()]
    return Places(
        (*known, *(PlaceRow(name, of, "district") for name, of in names if len(name) > 1))
    )


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    csv.field_size_limit(LARGEST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader((line.replace("\0", "") for line in file), restval="")
            missing = [name for name in needed if name not in (reader.fieldnames or ())]
            if missing:
                raise CorpusError(
                    f"{path}: column {', '.join(missing)} is missing; it has"
                    f" {', '.join(reader.fieldnames or ()) or 'nothing'}"
                )
            for row in reader:
                cells = {key: value for key, value in row.items() if isinstance(key, str)}
                yield reader.line_num, {key: (value or "").strip() for key, value in cells.items()}
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path}: not UTF-8 at byte {error.start}; save it as CSV UTF-8"
        ) from None
    except csv.Error as error:
        raise CorpusError(f"{path}: not a CSV file: {error}") from None
