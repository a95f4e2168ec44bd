"""The ledger as a person opens it: what it counts, what it hides, and what stops it."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from rules.case import Status
from rules.clean import cell_text
from rules.kind import Kind
from settings import Settings
from store.desk import withdraw
from store.engine import Store
from store.posts import erase
from store.tables import Case, Mail, OfficeRow, Post
from tasks.book import file
from tasks.book.cells import COUNT, TEXT, Column, Table
from tasks.book.making import Ledger, last_month, make_ledger, remake_ledgers
from tasks.book.month import LedgerError
from tasks.book.words import SHEETS
from tasks.workplace import Workplace
from tests import builders
from tests.builders import COMMS, NOW, Clock

MADE = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)
GROUPS = tuple(SHEETS.values())
NASTY = ("=1+1", '=HYPERLINK("http://x.example")', "+82", "-1", "@SUM(A1)", "\t=1", "#REF!", "#N/A")


@pytest.fixture
def database() -> str:
    """The questions are tested on each database; the workbook does not differ."""
    return "sqlite"


@pytest.fixture
def place(store: Store, tmp_path: Path) -> Workplace:
    return Workplace(settings=Settings(var=tmp_path), store=store, now=Clock(MADE))


def _make(place: Workplace, month: str = "2026-11", to: Path | None = None) -> Ledger:
    return make_ledger(place, month, to, say=lambda _: None)


def _open(made: Ledger) -> Workbook:
    return load_workbook(made.path)


def _rows(book: Workbook, title: str) -> list[dict[str, Any]]:
    """The rows of a sheet by its head, its line of totals last."""
    head, *rows = book[title].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def _register(made: Ledger) -> list[dict[str, Any]]:
    return _rows(_open(made), "대장")


def _figures(book: Workbook) -> dict[str, Any]:
    """The summary by its labels."""
    return {str(row[0]): row[1] for row in book["요약"].iter_rows(values_only=True) if row[0]}


def _finish(case: Case, *, first: float, answer: float) -> None:
    """Told and answered so many hours after it was received."""
    case.first_reply_at = case.received_at + timedelta(hours=first)
    case.answered_at = case.replied_at = case.received_at + timedelta(hours=answer)


@pytest.fixture
def busy(place: Workplace) -> Workplace:
    """A month in which everything happened that the ledger counts."""
    with place.store.write() as session:
        team = builders.desk(session, who=COMMS)
        machine = builders.desk(session)
        done = builders.assigned_case(session)
        done.status, done.due_at = Status.REPLIED, NOW + timedelta(hours=3)
        _finish(done, first=0.5, answer=50)
        builders.assigned_case(session, account_id="x_mayor", office_id="mapo")
        back = builders.assigned_case(session, account_id="page_seoul")
        builders.desk(session, who="worker@traffic.example").hand_back(
            back, why="우리 일이 아닙니다"
        )
        team.route(back, "road")
        sampled = builders.case(session, kind=Kind.QUESTION)
        sampled.sampled, sampled.guesses = True, [["metro", 0.98]]
        team.route(sampled, "metro")
        sampled.district_id = "mapo"
        machine.dismiss(builders.case(session, kind=Kind.CHATTER), why="잡담")
        builders.case(session)
        withdraw(session, builders.case(session, text="지운 비밀"), at=NOW)
    return place


def test_the_sheets_come_in_their_order(busy: Workplace) -> None:
    titles = _open(_make(busy)).sheetnames
    assert titles == ["요약", "대장", *GROUPS, "일별", "도표"]


@pytest.mark.parametrize("title", [*GROUPS, "일별"])
def test_the_rows_of_every_sheet_add_up_to_its_total_and_to_the_register(
    busy: Workplace, title: str
) -> None:
    book = _open(_make(busy))
    register = _rows(book, "대장")
    *rows, total = _rows(book, title)
    assert total["접수"] == len(register) == 7
    sums = [name for name in total if name in _ADD_UP]
    assert sums
    for name in sums:
        assert sum(row[name] for row in rows) == total[name] == _ADD_UP[name](register), name


_ADD_UP: dict[str, Any] = {
    "접수": len,
    "첫 회신": lambda rows: sum(row["첫 회신"] is not None for row in rows),
    "답변": lambda rows: sum(row["답변"] is not None for row in rows),
    "답변 전달": lambda rows: sum(row["답변 전달"] is not None for row in rows),
    "기한 있음": lambda rows: sum(row["처리기한"] is not None for row in rows),
    "기한 경과": lambda rows: sum(row["기한 경과"] is not None for row in rows),
    "반려(회)": lambda rows: sum(row["반려(회)"] for row in rows),
    "기계가 결정": lambda rows: sum(row["기관 결정"] == "기계" for row in rows),
    "사람이 결정": lambda rows: sum(row["기관 결정"] not in ("기계", None) for row in rows),
    "미결정": lambda rows: sum(row["기관 결정"] is None for row in rows),
    "표본": lambda rows: sum(row["표본 판정"] is not None for row in rows),
    "표본 중 기계가 맞음": lambda rows: sum(row["표본 판정"] == "맞음" for row in rows),
}


def test_the_summary_counts_what_the_register_shows(busy: Workplace) -> None:
    made = _make(busy)
    book = _open(made)
    summary, register = _figures(book), _rows(book, "대장")
    for name, count in _ADD_UP.items():
        if name in summary:
            assert summary[name] == count(register), name
    assert summary["개인 계정 비율"] == pytest.approx(1 / 7)
    assert (summary["자치구로 간 건"], summary["자치구 비율"]) == (1, pytest.approx(1 / 4))
    assert (made.received, made.personal, made.to_districts, made.right) == (7, 1, 1, 1)


def test_a_reply_in_the_next_month_belongs_to_the_month_of_receipt(place: Workplace) -> None:
    with place.store.write() as session:
        _finish(builders.case(session), first=1, answer=24 * 40)
    *rows, later, total = _rows(_open(_make(place)), "일별")
    assert len(rows) == 30
    assert (later["날짜"], later["답변"], total["답변"]) == ("다음 달 이후", 1, 1)


def test_elapsed_hours_run_all_night_and_working_hours_do_not(place: Workplace) -> None:
    monday_seventeen = datetime(2026, 11, 2, 8, tzinfo=UTC)
    with place.store.write() as session:
        case = builders.case(session, created_at=monday_seventeen)
        _finish(case, first=0.25, answer=17)  # Tuesday, ten in the morning
    (row,) = _register(_make(place))
    assert row["첫 회신까지 근무(시간)"] == row["첫 회신까지 경과(시간)"] == 0.25
    assert (row["답변까지 경과(시간)"], row["답변까지 근무(시간)"]) == (17, 2)


def test_moments_are_dates_on_the_citys_clock(place: Workplace) -> None:
    with place.store.write() as session:
        builders.case(session, created_at=datetime(2026, 11, 1, 15, 30, tzinfo=UTC))
    book = _open(_make(place))
    assert _rows(book, "대장")[0]["접수"] == datetime(2026, 11, 2, 0, 30)
    assert book["대장"]["B2"].is_date


@pytest.mark.parametrize(
    ("created_at", "month"),
    [
        (datetime(2026, 10, 31, 14, 59, 59, tzinfo=UTC), "2026-10"),
        (datetime(2026, 10, 31, 15, 0, 0, tzinfo=UTC), "2026-11"),
        (datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC), "2026-11"),
        (datetime(2026, 11, 30, 15, 0, 0, tzinfo=UTC), "2026-12"),
    ],
)
def test_a_case_is_in_the_month_in_which_seoul_received_it(
    place: Workplace, created_at: datetime, month: str
) -> None:
    with place.store.write() as session:
        builders.case(session, created_at=created_at)
    months = ("2026-10", "2026-11", "2026-12")
    assert [_make(place, one).received for one in months] == [one == month for one in months]


def test_a_withdrawn_case_is_a_row_without_text(busy: Workplace) -> None:
    rows = [row for row in _register(_make(busy)) if row["상태"] == "시민이 삭제"]
    assert [row["내용(개인정보 가림)"] for row in rows] == [None]


def test_private_data_is_masked_for_the_office_too(place: Workplace) -> None:
    with place.store.write() as session:
        builders.case(session, text="연락 주세요 010-1234-5678, 900101-1234567")
    (row,) = _register(_make(place))
    text = row["내용(개인정보 가림)"]
    assert "연락 주세요" in text
    assert "1234" not in text


@pytest.mark.parametrize("text", NASTY)
def test_a_formula_or_an_error_in_a_post_is_text(place: Workplace, text: str) -> None:
    with place.store.write() as session:
        builders.case(session, text=text)
    cell = _open(_make(place))["대장"]["AA2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_a_script_and_a_file_path_stay_as_written(place: Workplace) -> None:
    for text in (
        "<script>alert(1)</script>",
        "/etc/hostname",
        "🤖",
        "ㅋㅋ &amp; “따옴표”\n둘째 줄",
    ):
        with place.store.write() as session:
            builders.case(session, text=text)
    written = [row["내용(개인정보 가림)"] for row in _register(_make(place))]
    assert written == [
        "<script>alert(1)</script>",
        "/etc/hostname",
        "🤖",
        "ㅋㅋ &amp; “따옴표”\n둘째 줄",
    ]


def test_an_office_named_like_a_formula_is_text_on_every_sheet(place: Workplace) -> None:
    with place.store.write() as session:
        case = builders.assigned_case(session)
        session.get_one(OfficeRow, case.office_id).name = "=cmd|' /C calc'!A0"
    book = _open(_make(place))
    types = {
        cell.data_type
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert types <= {"s", "n", "d"}


@hypothesis_settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=[]), max_size=40), max_size=8))
def test_whatever_text_comes_back_as_it_can_be_held_and_as_text(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    book = Workbook(write_only=True)
    table = Table(book, "글", [Column("글", 10, TEXT), Column("수", 10, COUNT)])
    for text in texts:
        table.append([text, len(text)])
    table.finish()
    path = tmp_path_factory.getbasetemp() / "texts.xlsx"
    book.save(path)
    rows = list(load_workbook(path)["글"].iter_rows(min_row=2))
    assert [(row[0].value or "", row[1].value) for row in rows] == [
        (cell_text(text), len(text)) for text in texts
    ]
    assert {row[0].data_type for row in rows if row[0].value is not None} <= {"s"}


def test_a_text_longer_than_a_cell_is_cut_with_a_mark(place: Workplace) -> None:
    with place.store.write() as session:
        builders.case(session, text="😀" * 40_000)
    (row,) = _register(_make(place))
    text = row["내용(개인정보 가림)"]
    assert text.endswith("(줄임)")
    assert len(text.encode("utf-16-le")) // 2 <= 32_767


def test_a_month_without_cases_makes_a_ledger_that_says_so(place: Workplace) -> None:
    made = _make(place, "2026-09")
    book = _open(made)
    assert _rows(book, "대장") == []
    assert all(_rows(book, title)[-1]["접수"] == 0 for title in (*GROUPS, "일별"))
    assert _figures(book)["접수"] == 0
    assert "접수된 건이 없습니다" in str(book["도표"]["A2"].value)


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-0", "2026/11", "11", "", "９９９９-11", "9999-12"]
)
def test_what_is_no_month_is_refused_with_an_example(place: Workplace, month: str) -> None:
    with pytest.raises(LedgerError, match="such as 2026-11"):
        _make(place, month)


def test_a_month_that_has_not_begun_in_the_city_is_refused(place: Workplace) -> None:
    with pytest.raises(LedgerError, match="2027-01 has not begun"):
        _make(place, "2027-01")


def test_the_current_month_says_that_it_is_not_over(busy: Workplace) -> None:
    assert "아직 끝나지 않은" in _figures(_open(_make(busy, "2026-12")))["상태"]
    assert _figures(_open(_make(busy)))["상태"] == "끝난 달"


def test_without_a_month_it_is_the_last_one_of_the_citys_calendar(place: Workplace) -> None:
    assert last_month(place) == "2026-11"
    new_year = Clock(datetime(2026, 12, 31, 15, tzinfo=UTC))
    assert last_month(Workplace(place.settings, place.store, now=new_year)) == "2026-12"


def test_the_charts_draw_cells_that_hold_the_figures(busy: Workplace) -> None:
    book = _open(_make(busy))
    charts = book["도표"]._charts  # type: ignore[attr-defined]  # openpyxl gives no other way
    drawn = [str(series.val.numRef.f) for chart in charts for series in chart.series]
    assert drawn == [
        "'일별'!$D$2:$D$31",
        "'일별'!$E$2:$E$31",
        "'기관별'!$C$2:$C$6",
        "'유형별'!$B$2:$B$4",
    ]


def test_every_table_keeps_its_head_in_view_and_filters_its_rows_without_the_total(
    busy: Workplace,
) -> None:
    book = _open(_make(busy))
    for title in ("대장", *GROUPS, "일별"):
        assert str(book[title].freeze_panes).endswith("2")
    assert str(book["대장"].auto_filter.ref) == "A1:AA8"
    assert str(book["유형별"].auto_filter.ref).endswith("4")


def test_practice_is_named_on_the_first_sheet_and_in_the_files_name(busy: Workplace) -> None:
    made = _make(busy)
    assert "practice" in made.path.name
    assert str(_open(made)["요약"]["A1"].value).startswith("[연습] 서울특별시")


def test_a_named_file_or_folder_is_where_it_goes(place: Workplace, tmp_path: Path) -> None:
    assert _make(place, to=tmp_path / "new" / "mine.xlsx").path == tmp_path / "new" / "mine.xlsx"
    assert _make(place, to=tmp_path / "folder").path.parent == tmp_path / "folder"


def test_only_its_owner_may_read_it(place: Workplace) -> None:
    assert _make(place).path.stat().st_mode & 0o077 == 0


def test_a_place_that_cannot_be_written_is_named(place: Workplace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot be made"):
        _make(place, to=tmp_path / "file" / "ledger.xlsx")
    (tmp_path / "taken.xlsx").mkdir()
    with pytest.raises(LedgerError, match=r"cannot be written to .*taken"):
        _make(place, to=tmp_path / "taken.xlsx")
    assert sorted(path.name for path in tmp_path.glob(".ledger*")) == []


@contextmanager
def _disk_that_holds(size: int) -> Iterator[None]:
    """No file may grow beyond this: the system refuses as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _fill(book: Workbook, rows: int) -> None:
    table = Table(book, "글", [Column("글", 10, TEXT)])
    for number in range(rows):
        table.append([f"{number * 7919} 글"])
    table.finish()


def test_a_disk_that_fills_while_saving_leaves_the_old_ledger_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.xlsx"
    path.write_bytes(b"the old one")
    book = Workbook(write_only=True)
    _fill(book, rows=2_000)
    with (
        pytest.raises(LedgerError, match=r"no room .* make room"),
        file.clear_errors(path),
        _disk_that_holds(4_096),
    ):
        file.save(book, path, MADE)
    assert os.listdir(tmp_path) == ["ledger.xlsx"]
    assert path.read_bytes() == b"the old one"


@pytest.mark.filterwarnings("error")
def test_a_disk_that_fills_while_the_register_streams_is_said_clearly(tmp_path: Path) -> None:
    with (
        pytest.raises(LedgerError, match="no room"),
        file.clear_errors(tmp_path / "ledger.xlsx"),
        _disk_that_holds(100_000),
        file.streaming() as book,
    ):
        _fill(book, rows=20_000)


def test_a_ledger_is_made_anew_once_a_citizen_has_deleted_a_post_in_it(
    busy: Workplace,
) -> None:
    made = _make(busy)
    assert remake_ledgers(busy, say=lambda _: None) == 0
    later = Workplace(busy.settings, busy.store, now=Clock(MADE + timedelta(days=1)))
    with later.store.write() as session:
        post = session.scalars(select(Post).order_by(Post.id)).first()
        assert post is not None
        erase(session, post, at=MADE + timedelta(hours=5))
    assert _register(made)[0]["내용(개인정보 가림)"] is not None
    assert remake_ledgers(later, say=lambda _: None) == 1
    assert _register(made)[0]["내용(개인정보 가림)"] is None
    assert remake_ledgers(later, say=lambda _: None) == 0


def test_administrators_and_the_comms_team_get_one_mail_for_a_month(busy: Workplace) -> None:
    from tasks.ledger import tell  # imports Prefect, which the other tests need not wait for

    made = _make(busy)
    assert tell(busy, made) == 2
    tell(busy, made)
    with busy.store.read() as session:
        mails = session.scalars(select(Mail).where(Mail.event == "ledger").order_by(Mail.to)).all()
    assert [mail.to for mail in mails] == ["chief@comms.example", COMMS]
    assert mails[0].facts["received"] == 7
