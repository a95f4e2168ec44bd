"""What is recorded of the districts' desks: who was told of a bulletin, and who said that they have it.

Telling and reminding them is in `desk_mails`.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from rules.bulletin import BulletinRefused
from store.tables import Bulletin, Notice


def notices_of(session: Session, bulletin_id: int) -> list[Notice]:
    """The districts' desks that were told of a bulletin, by office."""
    query = select(Notice).where(Notice.bulletin_id == bulletin_id)
    return list(session.scalars(query.order_by(Notice.office_id)))


def silent_first(notices: list[Notice]) -> list[Notice]:
    """The same, those first that have not said yet that they have it."""
    return sorted(notices, key=lambda notice: notice.acknowledged_at is not None)


def notice_of(session: Session, bulletin_id: int, office_id: str) -> Notice | None:
    """That one desk was told; None where it was not."""
    query = select(Notice).where(Notice.bulletin_id == bulletin_id, Notice.office_id == office_id)
    return session.scalar(query)


def acknowledge(
    session: Session, bulletin: Bulletin, office_id: str, *, who: str, at: datetime
) -> bool:
    """The desk says that it has it; False where somebody there said so before.

    Raises `BulletinRefused` where the desk was not told of this bulletin.
    """
    if notice_of(session, bulletin.id, office_id) is None:
        raise BulletinRefused("이 기관에는 아직 알리지 않은 메시지입니다.")
    first = (
        update(Notice)
        .where(
            Notice.bulletin_id == bulletin.id,
            Notice.office_id == office_id,
            Notice.acknowledged_at.is_(None),
        )
        .values(acknowledged_at=at, acknowledged_by=who.lower())
        .returning(Notice.id)
    )
    return session.scalar(first) is not None
