"""`haechi broadcast` and `haechi cap`: a message from a file, as far as the second person."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import func, select

import one_machine
from rules.bulletin import BulletinState
from rules.outbox import DeliveryState
from settings import Settings
from store import approving
from store.bulletins import deliveries_of
from store.tables import Bulletin
from tasks import workplace as workplaces
from tasks.workplace import Workplace, workplace
from tests.test_cli import SEOUL, clear, installation, run, seoul

ASKS, AGREES = "ko.eunrin@seoul.example", "jang.eunjin@seoul.example"

__all__ = ["installation", "seoul"]  # the fixtures of the other commands' tests

FORM = f"""
hazard: flood
districts: [강남구, 서초구]
blanks: {{where: 강남역 일대, since: "14:30", measure: 72mm}}
submitted_by: {ASKS}
"""


@pytest.fixture
def place(seoul: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    """The city, with no Prefect anywhere: what the command does by itself."""
    monkeypatch.setattr("cli.disaster._start_run", _no_prefect)
    workplaces._store.cache_clear()
    with patch.dict(os.environ):  # where Prefect is, which the command says to this process
        yield workplace()


def _no_prefect(number: int) -> None:
    raise ConnectionError("nobody listens")


def file_of(folder: Path, text: str) -> str:
    file = folder / "bulletin.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def bulletins(place: Workplace) -> int:
    with place.store.read() as session:
        return session.scalar(select(func.count()).select_from(Bulletin)) or 0


def submitted(place: Workplace, folder: Path) -> int:
    result = run("broadcast", "--file", file_of(folder, FORM))
    assert result.exit_code == 0, result.output
    assert "waits for a second person" in result.output
    with place.store.read() as session:
        return session.scalars(select(Bulletin.id)).one()


def test_a_file_becomes_a_draft_once(place: Workplace, seoul: Path) -> None:
    number = submitted(place, seoul)
    assert submitted(place, seoul) == number
    with place.store.read() as session:
        draft = session.get_one(Bulletin, number)
        assert (draft.state, draft.exercise, draft.districts) == (
            BulletinState.DRAFT,
            True,
            ["gangnam", "seocho"],
        )
        assert deliveries_of(session, number) == []


def test_a_preview_shows_every_accounts_text_and_keeps_nothing(
    place: Workplace, seoul: Path
) -> None:
    result = run("broadcast", "--file", file_of(seoul, FORM), "--preview")
    assert result.exit_code == 0, result.output
    assert result.output.count("── ") > 60
    assert "모의훈련" in result.output
    assert bulletins(place) == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hazard: [", "YAML"),
        ("- a\n- b", "form's fields"),
        ("hazard: meteor\nsubmitted_by: a@b.c", "고를 수 없는 값"),
        (FORM.replace("강남구", "강냠구"), "강남구"),
        (FORM.replace(ASKS, "nobody@seoul.example"), "관리자가 아닙니다"),
        (FORM + "expires_at: 2020-01-01T00:00+09:00", "지"),
        (FORM + "ko: {act_now: '<script>'}", "«"),
    ],
    ids=["no-yaml", "a-list", "hazard", "district", "stranger", "expired", "markup"],
)
def test_a_wrong_file_is_told_in_a_line_or_two(
    place: Workplace, seoul: Path, text: str, told: str
) -> None:
    clear(run("broadcast", "--file", file_of(seoul, text)), told)
    assert bulletins(place) == 0


@pytest.fixture
def elsewhere(place: Workplace, seoul: Path) -> Iterator[None]:
    """The center was started on another port, which this shell does not say."""
    with patch.dict(os.environ):
        one_machine.write_down(Settings(center_port=18000))
        yield


def test_citizens_get_the_address_that_the_installation_was_started_with(
    elsewhere: None, seoul: Path
) -> None:
    result = run("broadcast", "--file", file_of(seoul, FORM), "--preview")
    assert "http://127.0.0.1:18000/disaster/" in result.output
    assert "http://127.0.0.1:8000/" not in result.output


def test_a_live_city_without_an_address_for_citizens_drafts_nothing(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAECHI_LIVE", "true")
    assert run("registry", "import", str(SEOUL)).exit_code == 0
    clear(run("broadcast", "--file", file_of(installation, FORM)), "HAECHI_CENTER_URL")


def test_stopping_says_what_was_kept_back(place: Workplace, seoul: Path) -> None:
    number = submitted(place, seoul)
    with place.store.write() as session:
        bulletin = session.get_one(Bulletin, number)
        rows = approving.approve(
            session, place.registry, bulletin, who=AGREES, typed="", at=place.now()
        )
        accounts = len({row.account_id for row in rows})
        rows[0].state = DeliveryState.IN_FLIGHT
    clear(run("broadcast", "stop", "--by", "nobody@seoul.example"), "may not stop")
    result = run("broadcast", "stop", "--by", AGREES)
    assert result.exit_code == 0, result.output
    assert "0 were out, 1 were already on their way" in result.output
    assert f"{accounts - 1} kept back" in result.output
    shown = run("broadcast", "show", str(number))
    assert shown.output.count("보내지 않음") >= 60
    with place.store.read() as session:
        bulletin = session.get_one(Bulletin, number)
        names = (bulletin.marker, bulletin.marker.strip("[]"), bulletin.event.number)
    for name in names:
        assert lines_of(run("broadcast", "show", name).output) == lines_of(shown.output)
    with place.store.write() as session:
        session.get_one(Bulletin, number).finished_at = place.now()
    again = run("broadcast", "stop", "--by", AGREES).output
    assert "nothing is on its way" in again
    assert "1 were already on their way" in again, "what became of the last is told"


def lines_of(shown: str) -> list[str]:
    """What was said of each account; the first line says when."""
    return shown.splitlines()[1:]


def test_a_follow_up_from_a_file_holds_where_the_first_did(place: Workplace, seoul: Path) -> None:
    first = submitted(place, seoul)
    with place.store.write() as session:
        bulletin = session.get_one(Bulletin, first)
        approving.approve(session, place.registry, bulletin, who=AGREES, typed="", at=place.now())
        event = bulletin.event.number
    own = "ko: {act_now: 강남구만 피하세요., description: 침수된 곳은 강남구입니다.}"
    text = f"hazard: flood\nkind: correction\nevent: {event}\nsubmitted_by: {ASKS}\n{own}\n"
    shown = run("broadcast", "--file", file_of(seoul, text), "--preview")
    assert "── en, zh, ja: only the template's general sentences" in shown.output
    assert run("broadcast", "--file", file_of(seoul, text)).exit_code == 0
    with place.store.read() as session:
        last = session.get_one(Bulletin, first + 1)
        assert last.districts == ["gangnam", "seocho"]
        assert last.texts["ko"]["description"] == "침수된 곳은 강남구입니다."
    newest = run("broadcast", "show", event).output
    assert f"see `show {first}`" in newest
    assert newest.splitlines()[1].startswith(last.marker)
    assert newest.splitlines()[1].endswith("(correction, draft)")


def test_stopping_where_nothing_goes_says_so(place: Workplace) -> None:
    assert "nothing is on its way" in run("broadcast", "stop", "--by", AGREES).output
    clear(run("broadcast", "stop", "[서울 재난 2026-12-9]", "--by", AGREES), "there is no message")


def test_a_cap_file_is_checked(place: Workplace, seoul: Path) -> None:
    file = seoul / "alert.xml"
    file.write_text("<alert xmlns='urn:oasis:names:tc:emergency:cap:1.1'/>")
    result = run("cap", "check", str(file))
    assert result.exit_code == 1
    assert "1.1" in result.output
