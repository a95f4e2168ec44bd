"""What the pages show: posts with their people, as plain values for the templates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from practice import reading, text
from practice.accounts import Person
from practice.entities import profile
from practice.network import Network
from practice.tables import Media, Mention, Status

PAGE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One post on a page. `html` is escaped already; `via`: who passed it on; `city`: whom a reply should tell."""

    id: int
    author: Person
    html: Markup
    pictures: list[tuple[str, str]]
    place: dict[str, Any] | None
    at: datetime
    replies: int
    reblogs: int
    via: Person | None = None
    answers: Person | None = None
    city: str = ""


def shown(network: Network, session: Session, statuses: Iterable[Status]) -> list[Shown]:
    """The posts for the page, in their order; reblogs as their original."""
    return [_shown(network, session, status) for status in statuses]


def _shown(network: Network, session: Session, status: Status) -> Shown:
    via = None
    if status.reblog_of_id:
        via, original = (
            _person(network, status.account_id),
            session.get(Status, status.reblog_of_id),
        )
        status = original or status
    known = {handle: profile(handle, "") for _, handle in status.mentions}
    parent = status.in_reply_to_account_id
    return Shown(
        id=status.id,
        author=_person(network, status.account_id),
        html=Markup(text.to_html(status.text, base="", known=known)),  # noqa: S704 (to_html escapes)
        pictures=[
            (f"/media/{picture.file}", picture.description or "")
            for number in status.media
            if (picture := session.get(Media, number))
        ],
        place=status.place,
        at=status.created_at,
        replies=status.replies_count,
        reblogs=status.reblogs_count,
        via=via,
        answers=_person(network, parent) if parent else None,
        city=_city(network, status),
    )


def thread(network: Network, session: Session, status: Status) -> list[Shown]:
    """The whole conversation around a post, from its first post on."""
    above, below = reading.thread(session, status, None)
    return shown(network, session, [*above, status, *below])


def spoken_to(session: Session) -> dict[int, int]:
    """How many readable posts speak to each account."""
    query = (
        select(Mention.account_id, func.count())
        .join(Status, Status.id == Mention.status_id)
        .where(reading.readable(None))
        .group_by(Mention.account_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _city(network: Network, status: Status) -> str:
    """The city account that wrote the post or that it speaks to; empty when there is none."""
    ids = [status.account_id, *(number for number, _ in status.mentions)]
    people = [_person(network, number) for number in ids]
    return next((person.handle for person in people if person.city), "")


def _person(network: Network, account_id: int) -> Person:
    person = network.accounts.by_id(account_id)
    if person is None:
        raise LookupError(f"account {account_id} has a post but no row")
    return person
