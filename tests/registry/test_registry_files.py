"""A registry may lie in a folder of CSV files; whatever cannot be read is said, never skipped."""

import shutil
from pathlib import Path

import pytest

from registry import folder
from registry.load import examine, load
from registry.mistakes import RegistryError
from tests.registry.small_city import SmallCity


def said(path: Path) -> list[str]:
    return [str(mistake) for mistake in examine(path).mistakes]


def test_a_folder_is_loaded_and_written_back_as_it_was(tmp_path: Path) -> None:
    registry = load(
        SmallCity().add("examples", text="신호등, ‘고장’\n두 줄").folder(tmp_path / "a")
    )
    folder.write(tmp_path / "b", registry)
    assert load(tmp_path / "b") == registry


def test_examples_may_be_spread_over_several_files(tmp_path: Path) -> None:
    path = SmallCity().add("examples", text="하나").folder(tmp_path)
    (path / "examples-more.csv").write_text("text,office\n둘,mapo\n", encoding="utf-8")
    assert [example.text for example in load(path).examples] == ["둘", "하나"]


def test_a_mistake_in_further_examples_names_their_file(tmp_path: Path) -> None:
    path = SmallCity().folder(tmp_path)
    (path / "examples-more.csv").write_text("text,office\n둘,mapoo\n", encoding="utf-8")
    assert said(path) == [
        "examples-more 시트 B2 칸 ‘mapoo’: offices 시트에 없는 id입니다. 혹시 mapo 아닌가요?"
    ]


def test_writing_beside_further_examples_is_refused_because_they_would_count_twice(
    tmp_path: Path,
) -> None:
    registry = load(SmallCity().folder(tmp_path))
    (tmp_path / "examples-more.csv").write_text("text,office\n", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"examples-more\.csv"):
        folder.write(tmp_path, registry)


def test_a_missing_file_is_a_mistake_so_that_nothing_is_retired_by_accident(tmp_path: Path) -> None:
    path = SmallCity().folder(tmp_path)
    (path / "hashtags.csv").unlink()
    assert said(path)[0].startswith("hashtags 시트: 이 시트(재난 약속어)가 없습니다.")


def test_a_mistyped_file_name_is_pointed_out(tmp_path: Path) -> None:
    path = SmallCity().folder(tmp_path)
    shutil.move(path / "hashtags.csv", path / "hashtag.csv")
    assert "hashtag 시트: 모르는 시트입니다. 혹시 hashtags 아닌가요? 아니면 지우세요." in said(path)


def test_a_city_may_keep_other_files_in_its_folder(tmp_path: Path) -> None:
    path = SmallCity().folder(tmp_path)
    (path / "places.csv").write_text("name,district\n", encoding="utf-8")
    assert said(path) == []


def test_rows_are_counted_as_a_spreadsheet_counts_them(tmp_path: Path) -> None:
    path = SmallCity().folder(tmp_path)
    lines = 'text,office\n"두\n줄",mapo\n\n셋,mapoo\n'
    (path / "examples.csv").write_text(lines, encoding="utf-8")
    assert [mistake.cell for mistake in examine(path).mistakes] == ["B4"]


def test_a_byte_order_mark_from_excel_is_no_mistake(tmp_path: Path) -> None:
    path = SmallCity().folder(tmp_path)
    told = (path / "staff.csv").read_text(encoding="utf-8")
    (path / "staff.csv").write_text(told, encoding="utf-8-sig")
    assert said(path) == []


def test_a_file_in_another_encoding_is_named_and_nothing_else_said(tmp_path: Path) -> None:
    path = SmallCity().folder(tmp_path)
    (path / "days_off.csv").write_bytes("day,name,works\n2026-06-03,선거일,no\n".encode("cp949"))
    assert said(path) == [
        "days_off.csv: UTF-8 파일이 아닙니다. 엑셀에서는 ‘CSV UTF-8’로 저장하세요."
    ]


def test_an_open_quotation_mark_is_named(tmp_path: Path) -> None:
    path = SmallCity().folder(tmp_path)
    (path / "examples.csv").write_text('text,office\n"글,mapo\n', encoding="utf-8")
    assert said(path)[0].startswith(
        "examples.csv ‘unexpected end of data’: CSV로 읽을 수 없습니다."
    )


def test_a_csv_of_81_mb_is_refused_without_being_read(tmp_path: Path) -> None:
    path = SmallCity().folder(tmp_path)
    with (path / "examples.csv").open("wb") as file:
        file.truncate(81 * 2**20)
    assert said(path) == [
        "examples.csv ‘81 MB’: 파일이 너무 큽니다. 50 MB까지 받습니다. 등록부가 아닌 내용을 지우세요."
    ]


def test_an_empty_file_lacks_its_columns(tmp_path: Path) -> None:
    path = SmallCity().folder(tmp_path)
    (path / "hashtags.csv").write_bytes(b"")
    assert all("이 열이 없습니다" in mistake for mistake in said(path))


@pytest.mark.parametrize("name", ["nowhere", "nowhere.xlsx", "notes.txt"])
def test_what_is_neither_folder_nor_workbook_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("", encoding="utf-8")
    with pytest.raises(RegistryError, match=name):
        load(tmp_path / name)


def test_a_refused_registry_says_how_many_mistakes_and_each_of_them(tmp_path: Path) -> None:
    path = (
        SmallCity().put("accounts", 2, office="a").put("accounts", 3, office="b").folder(tmp_path)
    )
    with pytest.raises(RegistryError) as error:
        load(path)
    lines = str(error.value).splitlines()
    assert lines[0] == "등록부에 고칠 곳이 2군데 있어 아무것도 반영하지 않았습니다."
    assert len(lines) == 3


def test_a_refusal_lists_the_first_mistakes_and_counts_the_rest(tmp_path: Path) -> None:
    city = SmallCity()
    for number in range(1_000):
        city.add("examples", text=f"글 {number}", office="nowhere")
    with pytest.raises(RegistryError) as error:
        load(city.folder(tmp_path))
    assert len(error.value.mistakes) == 1_000
    assert str(error.value).endswith("이 밖에 800군데가 더 있습니다.")
