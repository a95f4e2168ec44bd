"""Forgetting what quotes a citizen who deleted a post: history, messages and mails.

Answers stay, they are the office's own words, and so do the history's hashes, which still verify.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, and_, cast, or_, select, update
from sqlalchemy.orm import Session

from rules.outbox import DeliveryState, check_move
from store.tables import MACHINE, Case, Delivery, Line, Mail, MailState, Message, Post
from store.tables.case import digest

#: Stands where a citizen's name or words were.
GONE = "(삭제한 글)"

#: A mail about a case is no older than the case, by clocks that differ no more than this.
CLOCKS_APART = timedelta(days=2)

_D = DeliveryState
_CANCELLED_FROM = (_D.QUEUED, _D.FAILED, _D.NEEDS_PERSON)


def cancel_replies(session: Session, *, at: datetime) -> int:
    """Cancel what was to be said to posts that are gone; what may be out already is left alone."""
    query = (
        select(Delivery)
        .join(Message, Delivery.message_id == Message.id)
        .join(Post, Message.post_id == Post.id)
        .where(Delivery.state.in_(_CANCELLED_FROM), Post.withdrawn_at.is_not(None))
    )
    found = session.scalars(query.with_for_update(of=Delivery)).all()
    for delivery in found:
        check_move(delivery.state, _D.CANCELLED)
        delivery.state, delivery.holder, delivery.settled_at = _D.CANCELLED, None, at
        delivery.cause = "deleted: the citizen deleted the post"
    return len(found)


def forget_messages(session: Session, post: Post, handle: str) -> None:
    """Take the citizen's name out of what we said to this post."""
    messages = session.scalars(select(Message).where(Message.post_id == post.id)).all()
    for message in messages:
        message.text = _without(message.text, handle)
        for delivery in session.scalars(select(Delivery).where(Delivery.message_id == message.id)):
            delivery.text = _without(delivery.text, handle)
            delivery.cause = _without(delivery.cause, handle)


def forget_quotes(session: Session, case: Case, text: str) -> None:
    """Erase what the history quotes of one post of several; people's own reasons stay."""
    quotes = or_(Line.why_hash == digest(text), and_(Line.who == MACHINE, Line.why != ""))
    session.execute(update(Line).where(Line.case_id == case.id, quotes).values(why=None))
    session.expire(case, ["history"])


def forget_mails(session: Session, case: Case, handle: str) -> None:
    """Forget the words of mails that tell of this case.

    What was sent stays only as the fact that it was; what was not is put into words anew.
    """
    lists = and_(
        Mail.case_id.is_(None),
        Mail.queued_at >= case.received_at - CLOCKS_APART,
        cast(Mail.facts, String).contains(case.number),
    )
    for mail in session.scalars(select(Mail).where(or_(Mail.case_id == case.id, lists))):
        if mail.state in (MailState.SENT, MailState.REFUSED):
            mail.subject = mail.plain = mail.html = ""
            mail.facts = {}
        elif mail.subject is not None:
            mail.subject = mail.plain = mail.html = None
        mail.facts = _facts(mail.facts, case.number, handle)


def _facts(facts: Any, number: str, handle: str) -> Any:
    """The same facts, the citizen's handle and the case's first words taken out."""
    if isinstance(facts, dict):
        told = {key: _facts(value, number, handle) for key, value in facts.items()}
        return told | {"short": GONE} if facts.get("number") == number else told
    if isinstance(facts, list):
        return [_facts(value, number, handle) for value in facts]
    return _without(facts, handle) if isinstance(facts, str) else facts


def _without(text: str, handle: str) -> str:
    return text.replace(f"@{handle}", f"@{GONE}") if handle else text
