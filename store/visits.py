"""What the links that somebody opened still open."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.tables import Link


def links_named(session: Session, names: Collection[str]) -> list[Link]:
    """The links of these names that were not revoked; whether they are over is asked elsewhere."""
    if not names:
        return []
    query = select(Link).where(Link.name.in_(names), Link.revoked_at.is_(None))
    return list(session.scalars(query.order_by(Link.id)))


def revoke_links(session: Session, names: Collection[str], *, at: datetime) -> None:
    """End what these links opened, and nothing else of the person they belong to."""
    for link in links_named(session, names):
        link.revoked_at = at
