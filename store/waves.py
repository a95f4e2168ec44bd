"""Who goes when: the lead first, then everybody relays it; where nobody can lead, all post directly."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select, true, update
from sqlalchemy.orm import Session, aliased

from registry.model import DisasterRole, Registry
from rules.bulletin import LEAD_WITHIN, LEADS_POST, REFERRING, BulletinState, Way
from rules.outbox import UNSETTLED, DeliveryState
from store.outbox import cancel_dropped
from store.tables import Bulletin, Delivery, Message

_D = DeliveryState

#: What `Bulletin.led_by` says where nobody could lead.
NOBODY = ""

#: Whoever leads is asked in this order.
LEADERS = (DisasterRole.LEAD, DisasterRole.DEPUTY)

#: An account in one of these carries a message, or may.
CARRIES = frozenset({*UNSETTLED, _D.PUBLISHED, _D.NEEDS_PERSON})

_OVER = frozenset({_D.FAILED, _D.CANCELLED, _D.NEEDS_PERSON})
_SETTLED = _OVER | {_D.PUBLISHED}


def under_way(session: Session) -> list[Bulletin]:
    """Approved bulletins that are not finished, oldest first."""
    query = select(Bulletin).where(
        Bulletin.state == BulletinState.APPROVED, Bulletin.finished_at.is_(None)
    )
    return list(session.scalars(query.order_by(Bulletin.id)))


def advance(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    *,
    at: datetime,
    within: timedelta = LEAD_WITHIN,
) -> None:
    """Open what may go now: the one that leads, or after it everybody; or see that all is done.

    An account that leads has `within` for its post to be out. Safe to call at any moment, from
    any number of processes: all that it decides by is in the store.
    """
    _drop_needless(session, bulletin, at=at)
    if bulletin.led_by is not None or bulletin.stopped_at is not None:
        if _all_settled(session, bulletin):
            bulletin.finished_at = at
        return
    candidates = _candidates(registry, _first_parts(session, bulletin.id))
    asked = [row for row in candidates if not row.held]
    out = [row for row in asked if row.state is _D.PUBLISHED]
    if out:
        _follow(session, registry, bulletin, out[0], at=at)
    elif asked and not _given_up(bulletin, asked[-1], at=at, within=within):
        return
    elif len(asked) < len(candidates):
        _lead(session, bulletin, candidates[len(asked)], at=at)
    else:
        _directly(session, bulletin, at=at)


def may_advance(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    *,
    at: datetime,
    within: timedelta = LEAD_WITHIN,
) -> bool:
    """Whether `advance` would do anything: asked often, and it keeps no writer waiting."""
    if _needless(session, bulletin):
        return True
    if bulletin.led_by is not None or bulletin.stopped_at is not None:
        return _all_settled(session, bulletin)
    asked = [
        row for row in _candidates(registry, _first_parts(session, bulletin.id)) if not row.held
    ]
    return (
        not asked
        or any(row.state is _D.PUBLISHED for row in asked)
        or _given_up(bulletin, asked[-1], at=at, within=within)
    )


def _first_parts(session: Session, bulletin_id: int) -> list[Delivery]:
    query = (
        select(Delivery)
        .join(Message)
        .where(Message.bulletin_id == bulletin_id, Delivery.part == 1)
        .order_by(Delivery.id)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def _candidates(registry: Registry, rows: list[Delivery]) -> list[Delivery]:
    """Those that may lead, in the order in which they are asked."""
    roles = {
        row.id: account.disaster_role
        for row in rows
        if (account := registry.accounts.get(row.account_id)) is not None
    }
    return [row for role in LEADERS for row in rows if roles.get(row.id) is role]


def _given_up(bulletin: Bulletin, asked: Delivery, *, at: datetime, within: timedelta) -> bool:
    """Whether the next one leads: this one failed, or its time is over."""
    since = bulletin.opened_wave_at or at
    # opened later than now: the clock was set back since, and nobody knows how long it took
    return asked.state in _OVER or not timedelta(0) <= at - since <= within


def _lead(session: Session, bulletin: Bulletin, candidate: Delivery, *, at: datetime) -> None:
    bulletin.opened_wave_at = at
    _open(session, bulletin, Delivery.account_id == candidate.account_id)


def _follow(
    session: Session, registry: Registry, bulletin: Bulletin, lead: Delivery, *, at: datetime
) -> None:
    """The lead's post is out: everybody passes it on in their own way."""
    bulletin.led_by, bulletin.opened_wave_at = lead.account_id, at
    beside = _beside(registry, lead)
    said = {(one.account_id, one.part): one for one in bulletin.said}
    for row in _held(session, bulletin):
        first, own = said[row.account_id, 1], said[row.account_id, row.part]
        passes_on = first.way is Way.REPOST and row.account_id in beside and bool(lead.remote_id)
        if passes_on and row.part > 1:
            row.dropped = "the post that is passed on says it in this language, too"
        elif passes_on:
            row.way, row.shares = Way.REPOST, lead.remote_id
        elif own.way is not Way.POST and lead.url and len(lead.url) <= len(LEADS_POST):
            row.way, row.text = Way.LINK, own.text.replace(LEADS_POST, lead.url)
        else:
            row.way = Way.POST
        row.held = False
    session.flush()


def _beside(registry: Registry, lead: Delivery) -> set[str]:
    """The accounts on the lead's network and server: an id of a post means the same to them."""
    leader = registry.accounts[lead.account_id]
    return {
        account.id
        for account in registry.accounts.values()
        if (account.network, account.server) == (leader.network, leader.server)
    }


def _directly(session: Session, bulletin: Bulletin, *, at: datetime) -> None:
    """Nobody leads: every account says it in its own words."""
    bulletin.led_by, bulletin.opened_wave_at = NOBODY, at
    _open(session, bulletin, true())


def _open(session: Session, bulletin: Bulletin, which: ColumnElement[bool]) -> None:
    """Let these go with the words that need nobody else's post."""
    ids = [row.id for row in _held(session, bulletin, which)]
    session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(held=False, way=Way.POST))


def _held(
    session: Session, bulletin: Bulletin, which: ColumnElement[bool] | None = None
) -> list[Delivery]:
    query = (
        select(Delivery)
        .join(Message)
        .where(
            Message.bulletin_id == bulletin.id,
            Delivery.held,
            which if which is not None else true(),
        )
    )
    return list(session.scalars(query))


def _all_settled(session: Session, bulletin: Bulletin) -> bool:
    """Everything that may go has gone, or waits for a person."""
    still = (
        select(Delivery.id)
        .join(Message)
        .where(Message.bulletin_id == bulletin.id, Delivery.state.not_in(_SETTLED))
    )
    return session.scalar(still.limit(1)) is None


def _drop_needless(session: Session, bulletin: Bulletin, *, at: datetime) -> None:
    """Where the older message proved not to be out, there is nothing to put right."""
    needless = _needless(session, bulletin)
    if needless:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(needless))
            .values(dropped="the account never carried what this puts right")
        )
        cancel_dropped(session, at=at)


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
