"""What a message stands below on its network."""

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from rules.bulletin import Way
from store import removed
from store.tables import Delivery


def above(session: Session, delivery: Delivery, *, comments: bool) -> str | None:
    """The remote id of the post it answers, of the part before it, or of what it takes the place of.

    None where it stands alone; so does, where an answer is only a comment (`comments`), what takes
    the place of an older message: it must be a post that everybody sees.
    """
    if delivery.in_reply_to:
        return delivery.in_reply_to
    if delivery.part > 1:
        before = and_(
            Delivery.message_id == delivery.message_id,
            Delivery.account_id == delivery.account_id,
            Delivery.part == delivery.part - 1,
        )
    elif delivery.after_id and not comments:
        before = and_(Delivery.id == delivery.after_id, Delivery.way != Way.REPOST)
    else:
        return None
    return session.scalar(select(Delivery.remote_id).where(before, ~removed.coming_down()))
