"""Replies that wait for a person."""

from rules.outbox import DeliveryState
from store.cases import by_number
from store.tables import Delivery
from tests.center.town import CASEWORKER, Town


def reply_on(
    town: Town,
    account: str = "",
    state: DeliveryState = DeliveryState.NEEDS_PERSON,
    cause: str = "403 from the network",
) -> int:
    """An answer that did not go out by itself, on this account; its delivery's id."""
    number = town.case(to=CASEWORKER)
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        town.desk(session, CASEWORKER).answer(case, "고쳤습니다", body="고쳤습니다", more="…")
        found = session.query(Delivery).order_by(Delivery.id.desc()).first()
        assert found
        found.state, found.cause = state, cause
        found.account_id = account or found.account_id
        return found.id
