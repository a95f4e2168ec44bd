"""Pointers: where what answers a post is only a comment, one below the old post says where the new one is.

Elsewhere the new post itself stands below the old one.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from registry.model import Network
from rules.bulletin import PARTNERS, REFERRING, Language, Way
from rules.outbox import DeliveryState
from rules.pointer import pointer_marker, pointer_text
from store import removed
from store.bulletins import CARRIES, deliveries_of
from store.outbox.rows import ROWS
from store.posts import insert_for
from store.proof_address import PUT_UP
from store.tables import AccountRow, Bulletin, Delivery, Message

#: Their parts lie behind those of the languages, by the old post's delivery. Every other number
#: only, since a part waits for the one before it, and a pointer for none.
_PARTS, _APART = 100, 2

_new, _old, _pointer = aliased(Delivery), aliased(Delivery), aliased(Delivery)


class Unpointed(NamedTuple):
    """Two deliveries of one account whose posts are out; the new one takes the old one's place."""

    new_id: int
    old_id: int


def may_point(bulletin: Bulletin, *, at: datetime) -> bool:
    """Whether old posts are to say that this one holds now: not once it was stopped, say."""
    stopped, superseded = bulletin.stopped_at, bulletin.superseded_by_id
    holds = stopped is None and superseded is None and bulletin.expires_at > at
    return holds and bulletin.kind in REFERRING


def unpointed(
    session: Session, bulletin: Bulletin, networks: Collection[Network], *, at: datetime
) -> list[Unpointed]:
    """Where the bulletin is out, an older post of its event stands, and nothing there points away.

    On these networks only. What passes another's post on needs no pointer; what a person put up,
    no program can find again.
    """
    if not networks or not may_point(bulletin, at=at):
        return []
    of_event = (
        select(Message.id)
        .join(Bulletin, Message.bulletin_id == Bulletin.id)
        .where(Bulletin.event_id == bulletin.event_id)
    )
    points_away = exists().where(
        _pointer.account_id == _old.account_id,
        _pointer.message_id.in_(of_event),
        _pointer.in_reply_to == _old.remote_id,
        _pointer.way == Way.POINTER,
        or_(_pointer.message_id == _new.message_id, _pointer.state.in_(CARRIES)),
    )
    query = (
        select(_new.id, _old.id)
        .join(Message, _new.message_id == Message.id)
        .join(AccountRow, _new.account_id == AccountRow.id)
        .join(
            _old,
            and_(
                _old.account_id == _new.account_id,
                _old.message_id.in_(of_event),
                _old.message_id < _new.message_id,
            ),
        )
        .where(
            Message.bulletin_id == bulletin.id,
            AccountRow.network.in_(networks),
            _stands(_new),
            _stands(_old),
            _old.way != Way.REPOST,
            ~_old.cause.startswith(PUT_UP),
            ~points_away,
        )
        .order_by(_new.id, _old.id)
    )
    return [Unpointed(*row) for row in session.execute(query)]


def _stands(delivery: type[Delivery]) -> ColumnElement[bool]:
    """Whether its first post is out, and is to stay."""
    return and_(
        delivery.part == 1,
        delivery.state == DeliveryState.PUBLISHED,
        delivery.remote_id.is_not(None),
        ~removed.coming_down(delivery),
    )


def point(
    session: Session, bulletin: Bulletin, where: Sequence[Unpointed], *, at: datetime
) -> None:
    """Queue a pointer for each of these, unless the bulletin was stopped or superseded meanwhile.

    One for each new and old post, by whomever and how often it is asked.
    """
    # whoever stops it has changed its row before, or waits for us and drops what we queue
    session.refresh(bulletin, with_for_update=True)
    if not where or not may_point(bulletin, at=at):
        return
    ids = {id_ for one in where for id_ in one}
    posts = {row.id: row for row in session.scalars(select(Delivery).where(Delivery.id.in_(ids)))}
    spoken = _languages(session, bulletin)
    rows = [_row(bulletin, posts[one.new_id], posts[one.old_id], spoken, at=at) for one in where]
    session.execute(insert_for(session, ROWS).on_conflict_do_nothing(), rows)


def _row(
    bulletin: Bulletin,
    new: Delivery,
    old: Delivery,
    spoken: Mapping[str, Collection[Language]],
    *,
    at: datetime,
) -> dict[str, object]:
    part = _PARTS + _APART * old.id
    marker = pointer_marker(old.marker, new.marker)
    return {
        "account_id": new.account_id,
        "message_id": new.message_id,
        "exercise": new.exercise,
        "part": part,
        "way": Way.POINTER,
        "wave": PARTNERS,  # everybody's message before anybody's pointer
        "text": pointer_text(
            bulletin.kind,
            spoken[new.account_id],
            new.url or "",
            marker,
            exercise=bulletin.exercise,
        ),
        "in_reply_to": old.remote_id,
        "marker": marker,
        "key": f"haechi-{bulletin.event.public_id}-{bulletin.id}-{new.account_id}-{part}",
        "queued_at": at,
        "not_before": at,
        "expires_at": bulletin.expires_at,
    }


def _languages(session: Session, bulletin: Bulletin) -> Mapping[str, Collection[Language]]:
    """Those in which each account says it."""
    spoken: dict[str, set[Language]] = defaultdict(set)
    for row in deliveries_of(session, bulletin.id):
        spoken[row.account_id].add(row.language)
    return spoken


def pointing_at(session: Session, delivery: Delivery) -> list[Delivery]:
    """The pointers that stand, or would, below this post, and those that lead to it."""
    if not delivery.remote_id or delivery.part != 1:
        return []
    query = select(Delivery).where(
        Delivery.account_id == delivery.account_id,
        Delivery.exercise == delivery.exercise,
        Delivery.way == Way.POINTER,
        or_(
            Delivery.in_reply_to == delivery.remote_id,
            Delivery.message_id == delivery.message_id,
        ),
    )
    return list(session.scalars(query.order_by(Delivery.id)))


def below(session: Session, pointer: Delivery) -> Delivery | None:
    """The old post's delivery that this pointer stands below; None for what is no pointer."""
    if pointer.way is not Way.POINTER:
        return None
    query = select(Delivery).where(
        Delivery.account_id == pointer.account_id,
        Delivery.exercise == pointer.exercise,
        Delivery.remote_id == pointer.in_reply_to,
    )
    return session.scalars(query.order_by(Delivery.id)).first()
