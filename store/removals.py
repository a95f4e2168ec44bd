"""Taking a post of ours down: one asks, another agrees, and a copy of it stays."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.ask import roles_of
from registry.model import Registry, Role
from rules.bulletin import BulletinRefused
from rules.outbox import DeliveryState
from store.tables import Delivery, Removal

#: Who may ask; who agrees is an administrator.
_MAY_ASK = {Role.COMMS_TEAM, Role.ADMINISTRATOR}


def removal_of(session: Session, delivery_id: int) -> Removal | None:
    """The removal of a delivery's post, asked for or done."""
    return session.scalar(select(Removal).where(Removal.delivery_id == delivery_id))


def ask_removal(
    session: Session, registry: Registry, delivery: Delivery, *, who: str, why: str, at: datetime
) -> Removal:
    """Ask that a post be taken down, with its copy. Raises `BulletinRefused`."""
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
        why=why.strip(),
        asked_by=who.lower(),
        asked_at=at,
    )
    session.add(removal)
    session.flush()
    return removal


def agree_removal(
    session: Session, registry: Registry, delivery: Delivery, *, who: str, at: datetime
) -> Removal:
    """A second person agrees, once. Raises `BulletinRefused`."""
    query = select(Removal).where(Removal.delivery_id == delivery.id)
    removal = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if removal is None:
        raise BulletinRefused("내리자고 한 사람이 없습니다.")
    if Role.ADMINISTRATOR not in roles_of(registry, who):
        raise BulletinRefused(f"{who}: 글을 내리는 데 동의할 수 있는 관리자가 아닙니다.")
    if removal.asked_by == who.lower():
        raise BulletinRefused("내리자고 한 분은 동의할 수 없습니다. 다른 관리자가 동의해야 합니다.")
    if removal.agreed_at is not None:
        raise BulletinRefused("이미 동의한 글입니다.")
    removal.agreed_by, removal.agreed_at = who.lower(), at
    return removal
