"""Steps of `assign`: the citizen is told who answers, and the office's people get their mail."""

from prefect import task

from rules.kind import NEEDS_ANSWER
from store import cases
from store.messages import say
from store.tables import MACHINE, Case, MessageKind
from tasks.case_words import when
from tasks.workplace import Workplace, workplace
from templates import render_post


@task(name="tell citizens who answers")
def tell_citizens() -> int:
    """Put a first reply, or the news of a transfer, into the outbox."""
    return tell(workplace())


def tell(place: Workplace) -> int:
    """Every routed case whose citizen does not know of its office; returns how many."""
    with place.store.write() as session:
        waiting = cases.to_be_told(session)
        for case in waiting:
            kind = MessageKind.TRANSFER if case.told_office_id else MessageKind.RECEIVED
            if case.kind in NEEDS_ANSWER:
                say(
                    session,
                    case,
                    kind,
                    _body(place, case, kind),
                    registry=place.registry,
                    by=MACHINE,
                    at=place.now(),
                )
            case.told_office_id = case.office_id
    return len(waiting)


def _body(place: Workplace, case: Case, kind: MessageKind) -> str:
    account = place.registry.accounts.get(case.account_id)
    return render_post(
        kind,
        city=place.registry.city.name,
        asked=account.name if account and account.personal else "",
        office=place.registry.offices[case.office_id or ""].name,
        due=when(case.due_at, place, hours=False),
    )
