"""Answers on their way, and what the network made of them."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import event, select

from rules.case import Status
from rules.outbox import DeliveryState
from store.cases import join
from store.tables import Case, Delivery
from tasks.workplace import Workplace
from tests import builders
from tests.builders import CASEWORKER, NOW

_D = DeliveryState


def answered(place: Workplace, *, citizens: int = 1) -> tuple[int, list[int]]:
    """A case with an approved answer to so many citizens: its id, and the deliveries'."""
    with place.store.write() as session:
        case = builders.assigned_case(session)
        for _ in range(citizens - 1):
            join(session, case, builders.post(session), at=NOW)
        desk = builders.desk(session, who=CASEWORKER, at=place.now())
        desk.answer(case, "고쳤습니다", body="고쳤습니다", more="")
        ids = session.scalars(select(Delivery.id).order_by(Delivery.id)).all()
        return case.id, list(ids[-citizens:])


def settle(
    place: Workplace,
    delivery_id: int,
    state: DeliveryState,
    cause: str = "",
    *,
    at: datetime | None = None,
) -> None:
    """One try came to this, now or at the time given."""
    with place.store.write() as session:
        row = session.get_one(Delivery, delivery_id)
        row.state, row.cause = state, cause
        row.attempted_at = row.settled_at = at or place.now()
        row.tries += 1
        row.url = "https://x.example/1"


def refused(place: Workplace) -> int:
    """A reply that the network did not take; its id."""
    with place.store.write() as session:
        id_ = builders.delivery(session).id
    settle(place, id_, _D.FAILED, "too rude")
    return id_


def case_of(place: Workplace, case_id: int | None = 1) -> Case:
    with place.store.read() as session:
        return session.get_one(Case, case_id)


def status(place: Workplace, case_id: int = 1) -> Status:
    return case_of(place, case_id).status


def statements(place: Workplace, act: Callable[[Workplace], object]) -> int:
    """How many statements the store sees while this is done."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(place.store.engine, "before_cursor_execute", note)
    act(place)
    event.remove(place.store.engine, "before_cursor_execute", note)
    return sum(statement.startswith("SELECT") for statement in seen)
