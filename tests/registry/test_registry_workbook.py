"""The workbook helps whoever works in it, and cannot hurt whoever opens it, them or us."""

import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula

from registry import workbook
from registry.load import examine, load
from registry.mistakes import RegistryError
from registry.model import Registry
from registry.sheets import SHEETS
from tests.registry.small_city import SmallCity

MB = 2**20


@pytest.fixture
def registry() -> Registry:
    city = SmallCity().add("hashtags", tag="폭설").add("days_off", day="2026-06-03")
    return city.add("examples", text="신호등이 꺼졌어요").checked().accepted()


@pytest.fixture
def exported(registry: Registry, tmp_path: Path) -> Path:
    path = tmp_path / "등록부.xlsx"
    workbook.write(registry, path)
    return path


def with_part(path: Path, name: str, content: bytes, how: int = zipfile.ZIP_DEFLATED) -> Path:
    """The same file with one part added or, where it has that part, replaced."""
    with zipfile.ZipFile(path) as old:
        parts = {part: old.read(part) for part in old.namelist()} | {name: content}
    with zipfile.ZipFile(path, "w") as new:
        for part, held in parts.items():
            new.writestr(part, held, compress_type=how if part == name else zipfile.ZIP_DEFLATED)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(RegistryError) as error:
        load(path)
    return str(error.value)


def test_what_was_exported_is_imported_as_it_was(exported: Path, registry: Registry) -> None:
    assert load(exported) == registry


def test_every_table_has_a_sheet_with_a_frozen_header_that_explains_itself(exported: Path) -> None:
    book = load_workbook(exported)
    assert book.sheetnames == ["도움말", *SHEETS]
    for sheet in SHEETS.values():
        page = book[sheet.name]
        assert page.freeze_panes == "B2"
        for cell, column in zip(page[1], sheet.columns, strict=True):
            assert cell.value == column.name
            assert cell.comment is not None
            assert cell.comment.text.startswith(column.help)


def lists_of(path: Path, sheet: str) -> dict[str, str]:
    """Which list each column offers, by the column's letter."""
    rules = load_workbook(path)[sheet].data_validations.dataValidation
    return {str(rule.sqref)[0]: str(rule.formula1) for rule in rules}


def test_the_accounts_sheet_offers_lists(exported: Path) -> None:
    lists = lists_of(exported, "accounts")
    assert set(lists) == set("BFGHIJLN")
    assert lists["B"].startswith('"x,facebook,')
    assert "offices!$A$2" in lists["F"]
    assert "accounts!$A$2" in lists["I"]
    assert lists["J"] == '"lead,deputy,relay,local,none"'
    assert lists["G"] == lists["H"] == lists["L"] == '"yes,no"'


def test_the_other_sheets_offer_lists_too(exported: Path) -> None:
    assert set(lists_of(exported, "offices")) == set("BHI")
    assert set(lists_of(exported, "staff")) == set("CD")
    assert set(lists_of(exported, "hashtags")) == set("BC")
    assert set(lists_of(exported, "days_off")) == set("AC")
    assert set(lists_of(exported, "examples")) == set("B")


def test_no_list_or_note_is_longer_than_excel_can_open(exported: Path) -> None:
    for page in load_workbook(exported).worksheets:
        for rule in page.data_validations.dataValidation:
            assert len(str(rule.formula1)) <= 255
            assert len(str(rule.prompt)) <= 255
            assert len(str(rule.error)) <= 225
            assert len(str(rule.promptTitle)) <= 32


def test_days_are_real_dates_and_text_columns_stay_text(exported: Path) -> None:
    book = load_workbook(exported)
    assert book["days_off"]["A2"].is_date
    assert book["accounts"]["D2"].number_format == "@"
    assert book["accounts"].column_dimensions["D"].number_format == "@"


@pytest.mark.parametrize(
    "text", ["=1+1", "+82-2-120", "-1", "@city", "#REF!", '=HYPERLINK("http://x.example")']
)
def test_text_that_looks_like_a_formula_is_written_as_text(
    text: str, registry: Registry, tmp_path: Path
) -> None:
    office = replace(registry.offices["traffic"], name=text)
    spoilt = replace(registry, offices={**registry.offices, "traffic": office})
    workbook.write(spoilt, tmp_path / "x.xlsx")
    cell = load_workbook(tmp_path / "x.xlsx")["offices"]["C2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    assert load(tmp_path / "x.xlsx") == spoilt


def test_a_formula_is_refused_and_its_cell_named(tmp_path: Path) -> None:
    path = SmallCity().put("offices", 3, name="=1+1").workbook(tmp_path / "x.xlsx")
    assert "offices 시트 C3 칸 ‘=1+1’: 수식은 받지 않습니다." in refusal(path)


def test_an_array_formula_is_refused_too(exported: Path) -> None:
    book = load_workbook(exported)
    book["offices"]["C3"] = ArrayFormula("C3", "=A1:A2")
    book.save(exported)
    assert "offices 시트 C3 칸 ‘=A1:A2’: 수식은 받지 않습니다." in refusal(exported)


def test_an_error_value_is_refused_and_its_cell_named(tmp_path: Path) -> None:
    path = SmallCity().put("offices", 3, name="#REF!").workbook(tmp_path / "x.xlsx")
    assert "offices 시트 C3 칸 ‘#REF!’: 오류 값입니다." in refusal(path)


def test_spreadsheet_types_are_understood(tmp_path: Path) -> None:
    city = SmallCity().put("offices", 2, review=True, name=119)
    city.add("days_off", day=date(2026, 6, 3), works=False)
    loaded = load(city.workbook(tmp_path / "x.xlsx"))
    assert loaded.offices["traffic"].review is True
    assert loaded.offices["traffic"].name == "119"
    assert loaded.days_off[0].day == date(2026, 6, 3)


def test_a_wrong_sheet_is_named(exported: Path) -> None:
    book = load_workbook(exported)
    book["staff"].title = "staf"
    book.save(exported)
    assert "staf 시트: 모르는 시트입니다. 혹시 staff 아닌가요?" in refusal(exported)


def test_a_sheet_that_somebody_added_is_not_passed_over_in_silence(exported: Path) -> None:
    book = load_workbook(exported)
    book.create_sheet("메모")
    book.save(exported)
    assert "메모 시트: 모르는 시트입니다." in refusal(exported)


def test_a_file_that_lies_about_its_size_is_read_to_the_end(exported: Path) -> None:
    with zipfile.ZipFile(exported) as archive:
        staff = next(name for name in archive.namelist() if name.endswith("sheet5.xml"))
        told = archive.read(staff).decode()
    assert '<dimension ref="A1:D5"' in told
    with_part(exported, staff, told.replace("A1:D5", "A1:B2").encode())
    assert len(load(exported).staff) == 4


def test_a_row_at_the_very_end_of_a_sheet_is_found(exported: Path) -> None:
    book = load_workbook(exported)
    book["hashtags"].cell(1_048_576, 1, "눈 내림")
    book.save(exported)
    assert "hashtags 시트 A1048576 칸 ‘눈 내림’" in refusal(exported)


# Files that must not be opened


def test_a_workbook_of_81_mb_is_refused_by_its_size(exported: Path) -> None:
    with_part(exported, "xl/media/image1.png", bytes(81 * MB), zipfile.ZIP_STORED)
    assert exported.stat().st_size > 81 * MB
    assert refusal(exported).endswith(
        "등록부.xlsx ‘81.0 MB’: 파일이 너무 큽니다. 50 MB까지 받습니다."
    )


def test_a_bomb_is_refused_before_it_is_unpacked(exported: Path) -> None:
    with_part(exported, "xl/worksheets/sheet9.xml", bytes(60 * MB))
    assert "압축률이 지나칩니다" in refusal(exported)


def test_a_bomb_of_many_small_parts_is_refused(exported: Path) -> None:
    with zipfile.ZipFile(exported, "a") as archive:
        for number in range(40):
            archive.writestr(f"xl/part{number}.xml", bytes(MB), zipfile.ZIP_DEFLATED)
    assert "압축률이 지나칩니다" in refusal(exported)


def test_more_than_200_mb_unpacked_is_refused_at_any_ratio(exported: Path) -> None:
    block = b"".join(os.urandom(8) + bytes(248) for _ in range(MB // 256)) * 24
    with zipfile.ZipFile(exported, "a") as archive:
        for number in range(9):
            archive.writestr(f"xl/part{number}.xml", block, zipfile.ZIP_DEFLATED, 1)
    assert exported.stat().st_size < 50 * MB
    assert "압축을 풀면 너무 큽니다" in refusal(exported)


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "xl/macrosheets/sheet1.xml"])
def test_macros_are_refused(exported: Path, name: str) -> None:
    assert "매크로가 들어 있습니다" in refusal(with_part(exported, name, b"code"))


DTD = b'<!DOCTYPE x SYSTEM "file:///etc/hostname"><x/>'
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize("xml", [DTD, ENTITIES, ENTITIES.decode().encode("utf-16")])
@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet2.xml", "docProps/app.xml"]
)
def test_xml_with_a_dtd_or_entities_is_refused(exported: Path, xml: bytes, part: str) -> None:
    assert "DTD나 개체" in refusal(with_part(exported, part, xml))


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def no_zip(path: Path) -> None:
    path.write_bytes(b"id,name\n")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def another_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")


def broken_xml(path: Path) -> None:
    with_part(path, "xl/workbook.xml", b"<workbook><sheets>")


@pytest.mark.parametrize("spoil", [cut_short, no_zip, empty, another_zip, broken_xml])
def test_what_is_no_workbook_is_refused_with_a_reason(
    exported: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(exported)
    assert exported.name in refusal(exported)


def test_an_empty_workbook_is_refused_for_every_missing_sheet(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "x.xlsx")
    missing = [m for m in examine(tmp_path / "x.xlsx").mistakes if "없습니다" in m.problem]
    assert [mistake.sheet for mistake in missing] == list(SHEETS)
