"""Each command of the README does what it says, and a mistake is a line or two, never a traceback."""

import contextlib
import json
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from sqlalchemy import select

import cli
from practice import tokens
from practice.testing import PracticeServer, practice_server
from rules.text import TEXT_RULES
from settings import HOME, Settings
from store.engine import Store
from store.open import open_store
from store.tables import AccountRow, Line, Stamp
from tests import builders

SEOUL = HOME / "registry" / "seoul"
OUTLINES = HOME.parent / "shared" / "data" / "seoul_districts.geojson"

SERVICES = ("PREFECT", "CENTER", "PRACTICE", "SMTP", "MAILBOX")


@pytest.fixture
def installation(fast_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new installation's folder; the environment names nothing else."""
    for name in [name for name in os.environ if name.startswith("HAECHI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HAECHI_VAR", str(fast_folder / "var"))
    monkeypatch.setenv("HAECHI_PRACTICE_URL", "http://127.0.0.1:9")
    return fast_folder


@pytest.fixture
def seoul(installation: Path) -> Path:
    assert run("registry", "import", str(SEOUL)).exit_code == 0
    return installation


def run(*arguments: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(cli.main, arguments, input=given)


def store() -> Store:
    return open_store(Settings())


def clear(result: Result, *told: str) -> None:
    """The command failed, said why, and showed no code."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    for words in told:
        assert words in result.output


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("command", list(commands(cli.main)), ids=" ".join)
def test_every_command_has_help(command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_every_command_that_the_readme_names_exists() -> None:
    known = {path[0] for path in commands(cli.main)}
    said = (HOME / "README.md").read_text().split("haechi ")[1:]
    named = {words.split()[0].strip("`") for words in said if words and words[0].islower()}
    assert {"run", "practice", "due", "ledger", "audit", "mask", "registry", "routing"} <= known
    assert named & known
    assert not {name for name in named if name.isalpha()} - known


# --- the registry


def test_the_first_start_says_what_it_imported(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("one_machine.check_ports", lambda _: None)
    monkeypatch.setattr("one_machine.run_honcho", lambda _: 0)
    result = run("start")
    assert result.exit_code == 0, result.output
    first = result.output.splitlines()[0]
    assert re.search(r"registry .*seoul is in use now: [\d,]+ rows", first)
    assert "registry" not in run("start").output.split("practice network")[0]


def test_the_shipped_city_is_imported_and_exported_and_imported_again(installation: Path) -> None:
    first = run("registry", "import", str(SEOUL))
    assert first.exit_code == 0
    assert "추가" in first.output
    book = installation / "city.xlsx"
    exported = run("registry", "export", str(book))
    assert exported.exit_code == 0
    assert "81 accounts" in exported.output
    assert f"haechi registry import {book}" in exported.output
    again = run("registry", "import", str(book))
    assert again.exit_code == 0, again.output
    assert "바뀐 것이 없습니다" in again.output


def test_a_bad_workbook_changes_nothing_and_names_the_cell(seoul: Path) -> None:
    book = seoul / "city.xlsx"
    run("registry", "export", str(book))
    workbook = load_workbook(book)
    workbook["accounts"]["F2"].value = "no_such_office"
    workbook.save(book)
    clear(run("registry", "import", str(book)), "accounts", "F2", "no_such_office")
    with store().read() as session:
        assert len(session.scalars(select(AccountRow.id)).all()) == 81


def test_a_file_that_is_no_workbook_is_refused(installation: Path) -> None:
    book = installation / "city.xlsx"
    book.write_bytes(b"no workbook")
    clear(run("registry", "import", str(book)), "city.xlsx")


def test_an_export_that_cannot_be_written_says_where(seoul: Path) -> None:
    clear(run("registry", "export", str(seoul / "no" / "such" / "folder" / "x.xlsx")), "no/such")


def test_an_export_before_an_import_says_what_to_do(installation: Path) -> None:
    clear(run("registry", "export", str(installation / "x.xlsx")), "haechi registry import")


@pytest.mark.skipif(not OUTLINES.exists(), reason="the file of outlines to test with is not here")
def test_the_districts_outlines_are_imported(seoul: Path) -> None:
    result = run("registry", "boundaries", str(OUTLINES))
    assert result.exit_code == 0, result.output
    with store().read() as session:
        assert session.get(Stamp, "boundaries") is not None


def test_outlines_that_are_none_are_refused_and_the_old_ones_stay(seoul: Path) -> None:
    file = seoul / "x.geojson"
    for content in (b"", b"\xff\xfe", b"[]", b'{"type": "FeatureCollection", "features": []}'):
        file.write_bytes(content)
        clear(run("registry", "boundaries", str(file)))
    with store().read() as session:
        assert session.get(Stamp, "boundaries") is None


# --- looking


def test_due_says_until_when_and_why_before_anything_is_installed(installation: Path) -> None:
    result = run("due", "2026-09-24T16:20", "--term", "7d", "--extend", "7d")
    assert result.exit_code == 0, result.output
    assert "처리기한 2026-10-07 (수) 18:00" in result.output
    assert "추석" in result.output
    assert "연장 뒤 처리기한 2026-10-19" in result.output


@pytest.mark.parametrize("term", ["7x", "0d", "", "-3d"])
def test_a_term_that_is_none_says_how_to_write_one(installation: Path, term: str) -> None:
    clear(run("due", "2026-09-24T16:20", "--term", term), "3h")


def test_mask_hides_private_data_whatever_the_bytes() -> None:
    result = run("mask", given="주민번호 900101-1234567, 전화 ０１０-1234-5678".encode() + b"\xff")
    assert result.exit_code == 0
    assert "1234567" not in result.output
    assert "5678" not in result.output
    assert "주민번호" in result.output


def test_mask_leaves_the_citys_own_numbers_and_addresses(seoul: Path) -> None:
    result = run("mask", given="02-120, 02-2133-1234, traffic@seoul.example, 02-345-6789, a@b.kr")
    assert result.output == "02-120, 02-2133-1234, traffic@seoul.example, **-***-****, *@*.**"


def test_fit_counts_as_the_network_does_and_shows_what_goes_out() -> None:
    measured = "34 of 280 weighted units (a Korean character counts 2)"
    assert run("fit", "x", given="안녕하세요 https://seoul.go.kr/abc").output == (
        f"x: {measured}: fits\n\n안녕하세요 https://seoul.go.kr/abc\n({measured})\n"
    )
    long = "첫 문장입니다. " * 40
    cut_once = run("fit", "bluesky", given=long)
    assert "359 of 300 characters as a reader sees them, 839 of 3,000 bytes: does not" in (
        cut_once.output
    )
    assert "…\n(297 of 300 characters" in cut_once.output
    posts = run("fit", "x", "--thread", given=long).output
    assert "(1/3)" in posts
    assert "(3/3)" in posts


def test_fit_says_which_networks_there_are_and_takes_capitals() -> None:
    result = run("fit", "cyworld", given="글")
    assert result.exit_code == 2
    assert result.output.count("bluesky") == 1
    assert run("fit", "X", given="글").output.startswith("x: 2 of 280")
    assert run("fit", "Naver_Blog", given="글").output.startswith(
        "naver_blog: 1 characters, no limit of its own known: fits"
    )
    assert "bluesky" in run("fit", "--help").output


def test_fit_says_what_instagram_wants_besides_a_text() -> None:
    result = run("fit", "instagram", given=" ".join(f"#길{n}" for n in range(35)))
    assert "35 of 5 hashtags: does not fit\n" in result.output
    assert "needs a picture" in result.output
    assert "picture" not in run("fit", "x", given="글").output


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "nothing to publish"),
        (" \n\u200b", "nothing to publish"),
        (b"ab\n\xffc", "not UTF-8: byte 4 (0xff, line 2)"),
        (b"\xea\xb0", "not UTF-8: byte 1 (0xea, line 1)"),
        (f"자세히: https://a.kr/{'a' * 420}", "too long a link, 433 of 300 characters"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--thread",)])
def test_fit_says_why_nothing_can_be_published(
    given: str | bytes, why: str, options: tuple[str, ...]
) -> None:
    result = run("fit", "bluesky", *options, given=given)
    assert result.exit_code == 1
    assert why in result.output


def test_audit_says_that_all_is_well_or_which_line_was_touched(seoul: Path) -> None:
    assert "every history verifies" in run("audit").output
    with store().write() as session:
        account = session.scalars(select(AccountRow.id)).first()
        number = builders.case(session, account_id=account).number
    sound = run("audit")
    assert sound.exit_code == 0
    assert re.search(r"^20\d\d: \d+ cases, [0-9a-f]{64}$", sound.output, re.MULTILINE)
    with store().write() as session:
        session.scalars(select(Line)).first().who = "somebody"  # type: ignore[union-attr]  # there is one
    touched = run("audit")
    assert touched.exit_code == 1
    assert f"{number} line 1" in touched.output


def test_the_ledger_of_no_month_says_how_to_write_one(seoul: Path) -> None:
    clear(run("ledger", "2026-13"), "2026-11")


def test_the_ledger_of_a_month_is_a_workbook(seoul: Path) -> None:
    file = seoul / "november.xlsx"
    result = run("ledger", "2026-11", "--to", str(file))
    assert result.exit_code == 0, result.output
    assert load_workbook(file, read_only=True).sheetnames


def test_routing_is_measured_on_anyones_files(installation: Path) -> None:
    files = {
        "offices": "id,kind,name,duties,keywords\n"
        "traffic,department,교통과,신호등 관리,신호등\nroad,department,도로과,도로 포장,포트홀\n",
        "train": "text,office\n신호등이 꺼졌어요,traffic\n도로에 구멍이 났어요,road\n",
        "test": "text,office\n신호등 고장입니다,traffic\n",
    }
    arguments: list[str] = []
    for name, content in files.items():
        file = installation / f"{name}.csv"
        file.write_text(content)
        arguments += [f"--{name}", str(file)]
    result = run("routing", "evaluate", *arguments)
    assert result.exit_code == 0, result.output
    figures = json.loads(result.output)
    assert any("top" in name for name in figures)
    (installation / "test.csv").write_text("nothing\n")
    clear(run("routing", "evaluate", *arguments))


def test_a_setting_that_is_none_is_named(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAECHI_PRECISION", "high")
    clear(run("audit"), "precision")


def test_a_store_of_the_other_mode_is_not_opened(
    seoul: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAECHI_DATABASE_URL", f"sqlite:///{seoul / 'var' / 'haechi-practice.db'}")
    monkeypatch.setenv("HAECHI_LIVE", "true")
    clear(run("audit"), "HAECHI_DATABASE_URL")
    clear(run("start"), "HAECHI_DATABASE_URL")


# --- the practice network and the installation


@pytest.fixture
def network(seoul: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PracticeServer]:
    with practice_server(seoul / "network", key=Settings().practice_key) as server:
        monkeypatch.setenv("HAECHI_PRACTICE_URL", server.url)
        yield server


def test_a_token_is_good_and_has_the_limit_of_its_network(network: PracticeServer) -> None:
    claims = {
        handle: tokens.read(network.key, run("practice", "token", handle).output.strip())
        for handle in ("jiwoo", "x_seoul", "facebook_seoul")
    }
    assert not claims["jiwoo"].city
    assert claims["x_seoul"].limit == TEXT_RULES["x"].limit  # type: ignore[index]  # a StrEnum's word
    assert claims["facebook_seoul"].limit == TEXT_RULES["facebook"].limit  # type: ignore[index]  # as above
    assert claims["x_seoul"].city


def test_a_network_that_is_down_says_how_to_start_it(seoul: Path) -> None:
    clear(run("practice", "token", "jiwoo"), "make run", "HAECHI_PRACTICE_URL")


def test_a_handle_that_is_none_is_refused(network: PracticeServer) -> None:
    clear(run("practice", "token", "Bad Handle!"), "no handle", "behind the @")


def test_a_nickname_is_answered_with_its_handle(network: PracticeServer) -> None:
    network.network.accounts.enrol("c_649c7c428f", name="민들레")
    clear(run("practice", "token", "민들레"), "haechi practice token c_649c7c428f")


@pytest.mark.parametrize("service", SERVICES)
def test_a_taken_port_is_one_line_that_names_it_and_what_moves_it(
    installation: Path, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for other in SERVICES:
            with socket.create_server(("127.0.0.1", 0)) as free:
                monkeypatch.setenv(f"HAECHI_{other}_PORT", str(free.getsockname()[1]))
        monkeypatch.setenv(f"HAECHI_{service}_PORT", str(port))
        result = run("start")
    clear(result, str(port), f"HAECHI_{service}_PORT")
    assert len(result.output.strip().splitlines()) == 1


def test_all_taken_ports_are_named_at_once_with_the_guess_that_it_runs_already(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.ExitStack() as taken:
        for service in SERVICES:
            door = taken.enter_context(socket.create_server(("127.0.0.1", 0)))
            monkeypatch.setenv(f"HAECHI_{service}_PORT", str(door.getsockname()[1]))
        result = run("start")
    clear(result, *(f"HAECHI_{service}_PORT" for service in SERVICES), "running already")
    assert len(result.output.strip().splitlines()) == len(SERVICES) + 1


def test_an_unknown_flow_is_answered_with_those_there_are() -> None:
    result = run("run", "nothing")
    assert result.exit_code == 2
    assert "collect" in result.output
