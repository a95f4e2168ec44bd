"""What somebody must know who is about to approve a bulletin."""

from datetime import datetime

from sqlalchemy.orm import Session

from rules.bulletin import REFERRING, BulletinKind
from store.bulletins import alerts_like, approved_besides, carriers_of
from store.tables import Bulletin


def carriers(session: Session, bulletin: Bulletin) -> frozenset[str] | None:
    """The accounts that carry, or may carry, what this one refers to, as it is now.

    None for a first alert, which goes to every account. What is queued of the older one is
    dropped by the approval.
    """
    if bulletin.kind not in REFERRING:
        return None
    return frozenset(carriers_of(session, approved_besides(session, bulletin)))


def alike(session: Session, bulletin: Bulletin, *, at: datetime) -> list[Bulletin]:
    """Other alerts for the same hazard and area that were approved within a day, oldest first."""
    if bulletin.kind is not BulletinKind.ALERT:
        return []
    found = alerts_like(
        session,
        exercise=bulletin.exercise,
        hazard=bulletin.event.hazard,
        districts=bulletin.districts,
        at=at,
    )
    return [one for one in found if one.id != bulletin.id]
