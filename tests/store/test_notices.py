"""The districts' desks: told with the approval, asked once more, listed in the proof."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.model import OfficeKind
from rules.bulletin import BulletinKind, BulletinRefused, Words
from store import approving, broadcast, desk_mails, proof, submitting
from store import registry as registry_store
from store.desk_mails import ACKNOWLEDGED_WITHIN
from store.engine import Store
from store.notices import notices_of
from store.tables import Bulletin, Link, Mail, Notice
from tests import builders, bulletins
from tests.builders import COMMS, NOW
from tests.bulletins import AGREES

LATER = NOW + ACKNOWLEDGED_WITHIN

small = builders.small_registry()
REGISTRY = bulletins.city(
    offices={**small.offices, "jung": builders.office("jung", OfficeKind.DISTRICT)}
)
DESK = {"manager@mapo.example", "worker@mapo.example"}


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    """A city with two districts; nobody sits at the desk of one."""
    with store.write() as session:
        registry_store.apply(session, REGISTRY, at=NOW)
        yield session


def mails(session: Session, event: str) -> list[Mail]:
    return list(session.scalars(select(Mail).where(Mail.event == event).order_by(Mail.id)))


def told(session: Session, bulletin: Bulletin) -> list[str]:
    return [notice.office_id for notice in notices_of(session, bulletin.id)]


def acknowledge(session: Session, bulletin: Bulletin, office: str = "mapo") -> None:
    (notice,) = session.scalars(
        select(Notice).where(Notice.bulletin_id == bulletin.id, Notice.office_id == office)
    )
    notice.acknowledged_at, notice.acknowledged_by = NOW, "worker@mapo.example"


def in_mapo(session: Session, **more: object) -> Bulletin:
    """An alert for one district, approved."""
    wanted = bulletins.form(**more)
    draft, _ = submitting.submit(
        session,
        REGISTRY,
        wanted,
        bulletins.composer(REGISTRY, wanted),
        districts=["mapo"],
        at=NOW,
    )
    approving.approve(session, REGISTRY, draft, who=AGREES, typed="침수", at=NOW)
    return draft


def test_a_draft_tells_no_desk(session: Session) -> None:
    draft = bulletins.draft(session, REGISTRY)
    assert told(session, draft) == []
    with pytest.raises(BulletinRefused):
        approving.approve(session, REGISTRY, draft, who=builders.COMMS, typed="", at=NOW)
    assert mails(session, "bulletin_desk") == []


def test_the_approval_tells_everyone_at_the_desk_of_every_district(session: Session) -> None:
    bulletin, _ = bulletins.approved(session, REGISTRY)
    assert told(session, bulletin) == ["jung", "mapo"]
    to = {
        mail.to for mail in mails(session, "bulletin_desk") if mail.facts["office"] == "mapo office"
    }
    assert to == DESK


def test_where_nobody_sits_at_a_desk_the_comms_team_is_told(session: Session) -> None:
    bulletins.approved(session, REGISTRY)
    to = {
        mail.to for mail in mails(session, "bulletin_desk") if mail.facts["office"] == "jung office"
    }
    assert to == {COMMS}


def test_only_the_districts_that_it_concerns_are_told(session: Session) -> None:
    assert told(session, in_mapo(session)) == ["mapo"]


def test_a_correction_tells_the_desks_that_were_told_what_was_wrong(session: Session) -> None:
    first = in_mapo(session)
    wanted = bulletins.form(
        kind=BulletinKind.CORRECTION,
        event=first.event.number,
        ko=Words(act_now="중구입니다.", description="마포가 아닙니다."),
    )
    second, _ = submitting.submit(
        session,
        REGISTRY,
        wanted,
        bulletins.composer(REGISTRY, wanted),
        districts=["jung"],
        at=NOW,
    )
    approving.approve(session, REGISTRY, second, who=AGREES, typed="", at=NOW)
    assert told(session, second) == ["jung", "mapo"]


def test_the_mail_carries_the_whole_text_in_every_language_and_opens_the_desks_own_page(
    session: Session,
) -> None:
    bulletin, _ = bulletins.approved(session, REGISTRY)
    bulletin.texts = bulletin.texts | {"en": {"act_now": "Leave now.", "description": "Rain."}}
    texts = {text["language"]: text["text"] for text in desk_mails.desk_texts(bulletin, REGISTRY)}
    assert list(texts) == ["한국어", "영어"]
    assert texts["한국어"].startswith("[모의훈련] 실제 상황이 아닙니다.")
    assert bulletin.marker in texts["한국어"]
    assert "[EXERCISE]" in texts["영어"]
    assert "Leave now." in texts["영어"]
    mail = next(m for m in mails(session, "bulletin_desk") if m.to in DESK)
    assert mail.facts["exercise"]
    link = session.get_one(Link, mail.link_id)
    assert link.path == f"/broadcast/{bulletin.id}/desk/mapo"


def test_a_desk_that_says_nothing_is_asked_once_more_and_only_once(session: Session) -> None:
    bulletins.approved(session, REGISTRY)
    assert desk_mails.remind_desks(session, REGISTRY, at=LATER - timedelta(seconds=1)) == 0
    assert desk_mails.remind_desks(session, REGISTRY, at=LATER) == 2
    assert desk_mails.remind_desks(session, REGISTRY, at=LATER + timedelta(hours=1)) == 0
    assert len(mails(session, "bulletin_desk_again")) == len(DESK) + 1
    assert mails(session, "bulletin_desk_again")[0].facts["minutes"] == 15


def test_who_acknowledged_is_left_alone(session: Session) -> None:
    bulletin, _ = bulletins.approved(session, REGISTRY)
    acknowledge(session, bulletin)
    desk_mails.remind_desks(session, REGISTRY, at=LATER)
    assert {mail.to for mail in mails(session, "bulletin_desk_again")} == {COMMS}


def test_nobody_is_hurried_to_spread_what_holds_no_more(session: Session) -> None:
    first, _ = bulletins.approved(session, REGISTRY)
    second, _ = bulletins.follow_up(session, REGISTRY, first, BulletinKind.CORRECTION)
    broadcast.stop(session, second, who=AGREES, at=NOW)
    assert desk_mails.remind_desks(session, REGISTRY, at=LATER) == 0


def test_a_stop_is_told_once_to_every_desk_that_was_told(session: Session) -> None:
    bulletin = in_mapo(session)
    broadcast.stop(session, bulletin, who=AGREES, at=NOW)
    broadcast.stop(session, bulletin, who=AGREES, at=LATER)
    stops = mails(session, "bulletin_desk_stopped")
    assert {mail.to for mail in stops} == DESK
    assert len(stops) == len(DESK)
    assert session.get_one(Link, stops[0].link_id).path == f"/broadcast/{bulletin.id}/desk/mapo"
    assert desk_mails.remind_desks(session, REGISTRY, at=LATER) == 0


def test_the_stop_of_what_was_superseded_is_no_news_to_a_desk(session: Session) -> None:
    first, _ = bulletins.approved(session, REGISTRY)
    bulletins.follow_up(session, REGISTRY, first, BulletinKind.CORRECTION)
    broadcast.stop(session, first, who=AGREES, at=NOW)
    assert mails(session, "bulletin_desk_stopped") == []


def test_what_expired_is_not_asked_about(session: Session) -> None:
    bulletins.approved(session, REGISTRY, expires_at=NOW + timedelta(minutes=10))
    assert desk_mails.remind_desks(session, REGISTRY, at=LATER) == 0


def test_a_clock_set_back_asks_again_rather_than_never(session: Session) -> None:
    bulletins.approved(session, REGISTRY, at=NOW)
    assert desk_mails.remind_desks(session, REGISTRY, at=NOW - timedelta(days=1)) == 2


def test_the_proof_lists_who_acknowledged_when(session: Session) -> None:
    bulletin, _ = bulletins.approved(session, REGISTRY)
    acknowledge(session, bulletin)
    found = proof.report(session, REGISTRY, bulletin)
    assert [(desk.name, desk.at, desk.by) for desk in found.desks] == [
        ("jung office", None, ""),
        ("mapo office", NOW, "worker@mapo.example"),
    ]
    assert found.acknowledged == 1
