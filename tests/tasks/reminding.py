"""Reminding, hour by hour, and what came of it in the mail."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from store.tables import Line, Mail
from tasks.remind import Reminded, facts, remind
from tasks.workplace import Workplace
from tests import builders
from tests.builders import Clock


def reminded(place: Workplace) -> Reminded:
    return remind(place, facts(place))


def hourly(place: Workplace, clock: Clock, hours: int) -> None:
    """The flow's runs, one an hour, each in a process that knows nothing of the ones before."""
    for _ in range(hours):
        again = replace(place)
        reminded(again)
        clock.pass_(hours=1)


def assigned(place: Workplace, *, due: datetime | None = None, **of_post: Any) -> str:
    with place.store.write() as session:
        case = builders.assigned_case(session, **of_post)
        case.due_at = due or case.due_at
        for mail in session.scalars(select(Mail)):
            session.delete(mail)
        return case.number


def sent(place: Workplace, event: str) -> list[Mail]:
    with place.store.read() as session:
        return list(session.scalars(select(Mail).where(Mail.event == event).order_by(Mail.id)))


def groups(mail: Mail) -> dict[str, list[str]]:
    """What a digest lists: numbers of cases by the title of their group."""
    return {g["title"]: [row["number"] for row in g["rows"]] for g in mail.facts["groups"]}


def history(place: Workplace) -> list[str | None]:
    """Every reminder that the cases' histories tell of."""
    with place.store.read() as session:
        lines = select(Line.why).where(Line.what == "reminded").order_by(Line.case_id, Line.seq)
        return list(session.scalars(lines))


def in_review(place: Workplace) -> str:
    """A case at the road office whose answer waits for the manager; its number."""
    with place.store.write() as session:
        case = builders.assigned_case(session, office_id="road")
        builders.desk(session, who="worker@road.example").answer(
            case, "고쳤습니다.", body="고쳤습니다.", more=""
        )
        return case.number
