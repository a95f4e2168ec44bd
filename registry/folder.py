"""A registry as a folder of CSV files, UTF-8, one file for each table."""

import csv
from collections.abc import Iterator
from pathlib import Path

from registry.cells import write as cell
from registry.draft import Draft, Row, Table
from registry.mistakes import Mistake, nearly, whole
from registry.model import Registry
from registry.sheets import SHEETS, Sheet
from registry.tables import rows_of

LIMIT = 50 * 2**20  # bytes of one file
MORE_EXAMPLES = "examples-"  # examples may be spread over several files: examples-parks.csv


def read(folder: Path) -> Draft:
    """Every table of the folder as it stands. What cannot be read is a mistake of the draft.

    Other files may lie there too (a city's gazetteer), unless their name is nearly a table's.
    """
    tables, mistakes, unread = [], [], []
    for path in filter(_ours, sorted(folder.glob("*.csv"))):
        problem = _problem(path)
        if problem:
            unread.append(_sheet(path))
            mistakes.append(problem)
        else:
            tables.append(_table(path))
    return Draft(tables=tables, unread=unread, mistakes=mistakes)


def write(folder: Path, registry: Registry) -> None:
    """Write the registry as one file for each table; `read` gives the same back.

    Raises `FileExistsError` where the folder holds further examples, which would then count twice.
    """
    spread = sorted(path.name for path in folder.glob(f"{MORE_EXAMPLES}*.csv"))
    if spread:
        raise FileExistsError(
            f"{folder}에 {', '.join(spread)} 파일이 있어 예문이 겹칩니다. 빈 폴더에 내보내세요."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for sheet in SHEETS.values():
        with (folder / f"{sheet.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(sheet.names())
            writer.writerows(_lines(registry, sheet))


def _lines(registry: Registry, sheet: Sheet) -> Iterator[list[str]]:
    for row in rows_of(registry, sheet.name):
        yield [str(cell(row[column.name], column)) for column in sheet.columns]


def _sheet(path: Path) -> str:
    name = path.stem.lower()
    return "examples" if name.startswith(MORE_EXAMPLES) else name


def _ours(path: Path) -> bool:
    return any(nearly(_sheet(path), name) for name in SHEETS)


def _problem(path: Path) -> Mistake | None:
    """Why the file cannot be read, if it cannot."""
    size = path.stat().st_size
    if size > LIMIT:
        return whole(
            path.name,
            f"{size / 2**20:.0f} MB",
            "파일이 너무 큽니다.",
            f"{LIMIT // 2**20} MB까지 받습니다. 등록부가 아닌 내용을 지우세요.",
        )
    try:
        for _ in _cells(path):
            pass
    except UnicodeDecodeError:
        return whole(
            path.name, "", "UTF-8 파일이 아닙니다.", "엑셀에서는 ‘CSV UTF-8’로 저장하세요."
        )
    except csv.Error as error:
        return whole(path.name, str(error), "CSV로 읽을 수 없습니다.", "큰따옴표를 살펴보세요.")
    return None


def _table(path: Path) -> Table:
    lines = _cells(path)
    header = next(lines, [])
    rows = [Row(number=number, cells=cells) for number, cells in enumerate(lines, start=2)]
    return Table(title=path.stem, sheet=_sheet(path), header=header, rows=rows)


def _cells(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file, strict=True)
