"""What is to be done for a bulletin now, by nothing but what the store says: only read here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from registry.model import Network, Registry
from rules.bulletin import REFERRING, Way
from rules.outbox import DeliveryState
from rules.voices import LEADERS
from store.bulletins import CARRIES
from store.pointers import Unpointed, may_point, unpointed
from store.tables import Bulletin, Delivery, Message

_D = DeliveryState

_OVER = frozenset({_D.FAILED, _D.CANCELLED, _D.NEEDS_PERSON})
_SETTLED = _OVER | {_D.PUBLISHED}


@dataclass(frozen=True, slots=True)
class DropNeedless:
    """Where the older message proved not to be out, there is nothing to put right."""

    deliveries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """This one is asked to lead."""

    candidate: Delivery


@dataclass(frozen=True, slots=True)
class Follow:
    """The lead's post is out: everybody passes it on."""

    lead: Delivery


@dataclass(frozen=True, slots=True)
class Directly:
    """Nobody leads: every account says it in its own words."""


@dataclass(frozen=True, slots=True)
class Point:
    """These old posts are to say where the new ones stand."""

    where: tuple[Unpointed, ...]


@dataclass(frozen=True, slots=True)
class Finish:
    """Everything that may go has gone, or waits for a person; pointers are queued, or out."""


Step = DropNeedless | Lead | Follow | Directly | Point | Finish


def next_step(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    *,
    at: datetime,
    within: timedelta,
    comments: Collection[Network] | None = (),
) -> Step | None:
    """The one thing to do now; None: wait. An account that leads has `within` for its post to be out.

    `comments` are the networks where what answers a post is only a comment. None: nobody has asked
    for them yet, and what may need pointers does not end before.
    """
    if needless := _needless(session, bulletin):
        return DropNeedless(tuple(needless))
    if bulletin.led_by is not None or bulletin.stopped_at is not None:
        return _end(session, bulletin, comments, at=at)
    candidates = _candidates(session, registry, bulletin)
    since = bulletin.opened_wave_at or at
    # opened later than now: the clock was set back since, and nobody knows how long it took
    late = not timedelta(0) <= at - since <= within
    return _who_leads(candidates, late=late)


def _end(
    session: Session, bulletin: Bulletin, comments: Collection[Network] | None, *, at: datetime
) -> Step | None:
    """Pointers as soon as there is something to point to, then the end, which waits for none of them."""
    if comments is None:
        if may_point(bulletin, at=at):
            return None
    elif where := unpointed(session, bulletin, comments, at=at):
        return Point(tuple(where))
    return Finish() if _all_settled(session, bulletin) else None


def _who_leads(candidates: Sequence[Delivery], *, late: bool) -> Step | None:
    """By the states of those that may lead; `late`: the last one that was asked had its time."""
    asked = [row for row in candidates if not row.held]
    out = [row for row in asked if row.state is _D.PUBLISHED]
    if out:
        return Follow(out[0])
    if asked and not late and asked[-1].state not in _OVER:
        return None
    if len(asked) < len(candidates):
        return Lead(candidates[len(asked)])
    return Directly()


def _candidates(session: Session, registry: Registry, bulletin: Bulletin) -> list[Delivery]:
    """Those that may lead, in the order in which they are asked."""
    role_of = {account.id: account.disaster_role for account in registry.accounts.values()}
    may_lead = [id_ for id_, role in role_of.items() if role in LEADERS]
    query = (
        select(Delivery)
        .join(Message)
        .where(
            Message.bulletin_id == bulletin.id,
            Delivery.part == 1,
            Delivery.account_id.in_(may_lead),
        )
        .execution_options(populate_existing=True)
    )
    return sorted(
        session.scalars(query), key=lambda row: (LEADERS.index(role_of[row.account_id]), row.id)
    )


def _all_settled(session: Session, bulletin: Bulletin) -> bool:
    still = (
        select(Delivery.id)
        .join(Message)
        .where(
            Message.bulletin_id == bulletin.id,
            Delivery.state.not_in(_SETTLED),
            Delivery.way != Way.POINTER,
        )
    )
    return session.scalar(still.limit(1)) is None


def _needless(session: Session, bulletin: Bulletin) -> list[int]:
    if bulletin.kind not in REFERRING:
        return []
    mine, elder = aliased(Delivery), aliased(Delivery)
    of_event = (
        select(Message.id)
        .join(Bulletin, Message.bulletin_id == Bulletin.id)
        .where(Bulletin.event_id == bulletin.event_id)
    )
    carried = exists().where(
        elder.account_id == mine.account_id,
        elder.message_id.in_(of_event),
        elder.id < mine.id,
        elder.message_id != mine.message_id,
        elder.state.in_(CARRIES),
    )
    needless = (
        select(mine.id)
        .join(Message, mine.message_id == Message.id)
        .where(Message.bulletin_id == bulletin.id, mine.state == _D.QUEUED, ~carried)
    )
    return list(session.scalars(needless))
