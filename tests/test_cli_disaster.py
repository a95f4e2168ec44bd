"""`haechi broadcast` and `haechi cap`: a message from a file, as far as the second person."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from rules.bulletin import BulletinState
from store import approving
from store.bulletins import deliveries_of
from store.tables import Bulletin
from tasks import workplace as workplaces
from tasks.workplace import Workplace, workplace
from tests.test_cli import clear, installation, run, seoul

ASKS, AGREES = "ko.eunrin@seoul.example", "jang.eunjin@seoul.example"

__all__ = ["installation", "seoul"]  # the fixtures of the other commands' tests

FORM = f"""
hazard: flood
districts: [강남구, 서초구]
blanks: {{where: 강남역 일대, since: "14:30", measure: 72mm}}
submitted_by: {ASKS}
"""


@pytest.fixture
def place(seoul: Path, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """The city, with no Prefect anywhere: what the command does by itself."""
    monkeypatch.setattr("cli.disaster._start_run", _no_prefect)
    workplaces._store.cache_clear()
    return workplace()


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


def test_stopping_says_what_was_kept_back(place: Workplace, seoul: Path) -> None:
    number = submitted(place, seoul)
    with place.store.write() as session:
        bulletin = session.get_one(Bulletin, number)
        rows = approving.approve(
            session, place.registry, bulletin, who=AGREES, typed="", at=place.now()
        )
    clear(run("broadcast", "stop", "--by", "nobody@seoul.example"), "may not stop")
    result = run("broadcast", "stop", "--by", AGREES)
    assert result.exit_code == 0, result.output
    assert f"{len(rows)} kept back" in result.output
    shown = run("broadcast", "show", str(number))
    assert shown.output.count("kept_back") >= 60
    with place.store.read() as session:
        bulletin = session.get_one(Bulletin, number)
        names = (bulletin.marker, bulletin.marker.strip("[]"), bulletin.event.number)
    for name in names:
        assert run("broadcast", "show", name).output == shown.output
    assert ": 0 kept back" in run("broadcast", "stop", names[-1], "--by", AGREES).output


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
    assert f"{last.marker} (correction, draft)" in newest


def test_stopping_where_nothing_goes_says_so(place: Workplace) -> None:
    assert "nothing is on its way" in run("broadcast", "stop", "--by", AGREES).output
    clear(run("broadcast", "stop", "[서울 재난 2026-12-9]", "--by", AGREES), "there is no message")


def test_a_cap_file_is_checked(place: Workplace, seoul: Path) -> None:
    file = seoul / "alert.xml"
    file.write_text("<alert xmlns='urn:oasis:names:tc:emergency:cap:1.1'/>")
    result = run("cap", "check", str(file))
    assert result.exit_code == 1
    assert "1.1" in result.output
