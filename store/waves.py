"""Who goes when: the lead first, then everybody relays it; where nobody can lead, all post directly."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, select, true, update
from sqlalchemy.orm import Session

from registry.model import Network, Registry
from rules.bulletin import LEAD_WITHIN, LEADS_POST, BulletinState, Way
from store import outbox
from store.next_wave import Directly, DropNeedless, Finish, Follow, Lead, Point, next_step
from store.pointers import point
from store.tables import Bulletin, Delivery, Message

#: What `Bulletin.led_by` says where nobody could lead.
NOBODY = ""


def under_way(session: Session) -> list[Bulletin]:
    """Approved bulletins that are not finished, oldest first."""
    query = select(Bulletin).where(
        Bulletin.state == BulletinState.APPROVED, Bulletin.finished_at.is_(None)
    )
    return list(session.scalars(query.order_by(Bulletin.id)))


def may_advance(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    *,
    at: datetime,
    within: timedelta = LEAD_WITHIN,
    comments: Collection[Network] | None = (),
) -> bool:
    """Whether `advance` would do anything: asked often, and it keeps no writer waiting."""
    step = next_step(session, registry, bulletin, at=at, within=within, comments=comments)
    return step is not None


def advance(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    *,
    at: datetime,
    within: timedelta = LEAD_WITHIN,
    comments: Collection[Network] | None = (),
) -> None:
    """Open what may go now: the one that leads, or after it everybody; or see that all is done.

    An account that leads has `within` for its post to be out; `comments` says where old posts get
    a pointer, as `next_step` has it. Safe to call at any moment, from
    any number of processes: all that it decides by is in the store.
    """
    step = next_step(session, registry, bulletin, at=at, within=within, comments=comments)
    if isinstance(step, DropNeedless):
        why = "the account never carried what this puts right"
        outbox.drop(session, Delivery.id.in_(step.deliveries), why, at=at)
        step = next_step(session, registry, bulletin, at=at, within=within, comments=comments)
    match step:
        case Lead(candidate):
            bulletin.opened_wave_at = at
            _open(session, bulletin, Delivery.account_id == candidate.account_id)
        case Follow(lead):
            bulletin.led_by, bulletin.opened_wave_at = lead.account_id, at
            _follow(session, registry, bulletin, lead)
        case Directly():
            bulletin.led_by, bulletin.opened_wave_at = NOBODY, at
            _open(session, bulletin, true())
        case Point(where):
            point(session, bulletin, where, at=at)
        case Finish():
            bulletin.finished_at = at


def _open(session: Session, bulletin: Bulletin, which: ColumnElement[bool]) -> None:
    """Let these go with the words that need nobody else's post."""
    ids = [row.id for row in _held(session, bulletin, which)]
    session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(held=False, way=Way.POST))


def _follow(session: Session, registry: Registry, bulletin: Bulletin, lead: Delivery) -> None:
    """Everybody passes the lead's post on in their own way."""
    beside = _beside(registry, lead)
    said = {(one.account_id, one.part): one for one in bulletin.said}
    changed: list[dict[str, object]] = []
    for row in _held(session, bulletin, true()):
        first, own = said[row.account_id, 1], said[row.account_id, row.part]
        passes_on = first.way is Way.REPOST and row.account_id in beside and bool(lead.remote_id)
        goes: dict[str, object] = {"way": Way.POST}
        if passes_on and row.part > 1:
            goes = {"dropped": "the post that is passed on says it in this language, too"}
        elif passes_on:
            goes = {"way": Way.REPOST, "shares": lead.remote_id}
        elif own.way is not Way.POST and lead.url and len(lead.url) <= len(LEADS_POST):
            goes = {"way": Way.LINK, "text": own.text.replace(LEADS_POST, lead.url)}
        changed.append({"id": row.id, "held": False} | goes)
    if changed:  # thousands, perhaps: those with the same columns go together
        session.flush()
        session.execute(update(Delivery), sorted(changed, key=sorted))
        session.expire_all()


def _beside(registry: Registry, lead: Delivery) -> set[str]:
    """The accounts on the lead's network and server: an id of a post means the same to them."""
    leader = registry.accounts[lead.account_id]
    return {
        account.id
        for account in registry.accounts.values()
        if (account.network, account.server) == (leader.network, leader.server)
    }


def _held(
    session: Session, bulletin: Bulletin, which: ColumnElement[bool]
) -> Sequence[Row[tuple[int, str, int]]]:
    """Id, account and part of each that still waits for its wave."""
    query = (
        select(Delivery.id, Delivery.account_id, Delivery.part)
        .join(Message)
        .where(Message.bulletin_id == bulletin.id, Delivery.held, which)
    )
    return session.execute(query).all()
