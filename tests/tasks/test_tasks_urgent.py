"""A danger that a citizen tells of later is heard at once."""

from collections.abc import Callable

from sqlalchemy import select

from rules.case import Status
from rules.kind import Urgency
from store.tables import Case, Mail
from tasks.classify import classify
from tasks.open_cases import open_cases
from tasks.workplace import Workplace
from tests import builders
from tests.builders import Clock

Settle = Callable[..., Workplace]

LIGHT = "시청역 1번 출구 앞 횡단보도 신호등이 사흘째 꺼져 있어요"
DANGER = "지금 그 자리에서 감전된 사람이 쓰러져 있어요"


def test_an_urgent_follow_up_makes_the_case_urgent_and_mails_whoever_has_it(
    at_work: Settle, clock: Clock
) -> None:
    place = at_work(now=clock)
    with place.store.write() as session:
        builders.post(session, text=LIGHT, author_id="jiwoo", created_at=place.now())
    open_cases(place)
    with place.store.write() as session:
        case = session.scalars(select(Case)).one()
        office = next(iter(place.registry.offices))
        desk = place.desk(session, who="person@seoul.example")
        desk.to_triage(case, why="")
        desk.route(case, office)
        before = len(session.scalars(select(Mail)).all())
        assert case.urgency is Urgency.NORMAL
    with place.store.write() as session:
        builders.post(session, text=DANGER, author_id="jiwoo", created_at=place.now())
    open_cases(place)
    classify(place)
    with place.store.read() as session:
        case = session.scalars(select(Case)).one()
        assert (case.status, case.urgency) == (Status.ROUTED, Urgency.URGENT)
        assert not case.unread
        assert len(session.scalars(select(Mail)).all()) > before
