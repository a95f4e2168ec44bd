"""Taking a post of ours down: one asks, another agrees, and a copy of it stays."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from registry.ask import roles_of
from registry.model import Registry, Role
from rules.bulletin import BulletinRefused
from rules.outbox import UNSETTLED, DeliveryState
from store import removal_mails
from store.pointers import pointing_at
from store.removed import passing_on, removal_of
from store.tables import Bulletin, Delivery, Removal

#: Who may ask; who agrees is an administrator.
_MAY_ASK = {Role.COMMS_TEAM, Role.ADMINISTRATOR}


def ask_removal(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    delivery: Delivery,
    *,
    who: str,
    why: str,
    at: datetime,
) -> Removal:
    """Ask that a post be taken down, with its copy; who may agree is told. Raises `BulletinRefused`."""
    if not _MAY_ASK & roles_of(registry, who):
        raise BulletinRefused(f"{who}: 글을 내리자고 할 수 있는 분이 아닙니다.")
    if not why.strip():
        raise BulletinRefused("글을 내려야 하는 이유를 적어 주세요.")
    if delivery.state is not DeliveryState.PUBLISHED:
        raise BulletinRefused("올라가 있는 글이 아닙니다.")
    if removal_of(session, delivery.id) is not None:
        raise BulletinRefused("이미 내리자고 한 글입니다.")
    removal = Removal(
        delivery_id=delivery.id,
        text=delivery.text,
        photo_id=delivery.photo_id,
        url=delivery.url or "",
        remote_id=delivery.remote_id or "",
        published_at=delivery.settled_at,
        seen_at=delivery.seen_at,
        why=why.strip(),
        asked_by=who.lower(),
        asked_at=at,
    )
    session.add(removal)
    session.flush()
    removal_mails.ask_to_agree(session, registry, bulletin, delivery, removal, at=at)
    return removal


def agree_removal(
    session: Session, registry: Registry, delivery: Delivery, *, who: str, at: datetime
) -> Removal:
    """A second person agrees, once: from now on it is taken down. Raises `BulletinRefused`.

    What would still pass this very post on is dropped, and every pointer below it or to it.
    """
    removal = _locked(session, delivery.id)
    if removal is None:
        raise BulletinRefused("내리자고 한 사람이 없습니다.")
    if Role.ADMINISTRATOR not in roles_of(registry, who):
        raise BulletinRefused(f"{who}: 글을 내리는 데 동의할 수 있는 관리자가 아닙니다.")
    if removal.asked_by == who.lower():
        raise BulletinRefused("내리자고 한 분은 동의할 수 없습니다. 다른 관리자가 동의해야 합니다.")
    if removal.agreed_at is not None:
        raise BulletinRefused("이미 동의한 글입니다.")
    removal.agreed_by, removal.agreed_at, removal.not_before = who.lower(), at, at
    about = [*passing_on(session, delivery), *pointing_at(session, delivery)]
    waiting = [row.id for row in about]
    session.execute(
        update(Delivery)
        .where(
            Delivery.id.in_(waiting),
            Delivery.state.in_([DeliveryState.QUEUED, *sorted(UNSETTLED)]),
            Delivery.dropped.is_(None),
        )
        .values(dropped="removed_before: the post that it is about is taken down")
    )
    session.flush()
    return removal


def withdraw_removal(
    session: Session, delivery: Delivery, *, who: str, why: str, at: datetime
) -> Removal:
    """Who asked takes it back, while nobody agreed, and says why. Raises `BulletinRefused`."""
    removal = _locked(session, delivery.id)
    if removal is None:
        raise BulletinRefused("내리자고 한 사람이 없습니다.")
    if removal.asked_by != who.lower():
        raise BulletinRefused("내리자고 한 분만 요청을 거둘 수 있습니다.")
    if removal.agreed_at is not None:
        raise BulletinRefused("이미 다른 관리자가 동의하여 거둘 수 없습니다.")
    if not why.strip():
        raise BulletinRefused("요청을 거두는 이유를 적어 주세요.")
    removal.withdrawn_at, removal.withdrawn_why = at, why.strip()
    session.flush()
    return removal


def removed_by_hand(session: Session, delivery: Delivery, *, who: str, at: datetime) -> Removal:
    """A person took it down where no program could. Raises `BulletinRefused`."""
    removal = _locked(session, delivery.id)
    if removal is None or removal.agreed_at is None:
        raise BulletinRefused("두 사람이 내리기로 한 글이 아닙니다.")
    if removal.removed_at is not None:
        raise BulletinRefused("이미 내려진 글입니다.")
    removal.removed_at, removal.removed_by = at, who.lower()
    removal.cause, removal.not_before = "", None
    session.flush()
    return removal


def _locked(session: Session, delivery_id: int) -> Removal | None:
    query = select(Removal).where(
        Removal.delivery_id == delivery_id, Removal.withdrawn_at.is_(None)
    )
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))
