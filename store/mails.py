"""Mail to people: recorded with its cause, sent at least once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from rules.outbox import wait_after
from store.posts import insert_for
from store.tables import Case, Link, LinkPurpose, Mail, MailState

#: How long a link in a mail opens its page.
LINK_DAYS = 30


def queue_mail(
    session: Session,
    event: str,
    to: str,
    *,
    key: str,
    at: datetime,
    case: Case | None = None,
    path: str = "",
    link: Link | None = None,
    facts: dict[str, Any] | None = None,
) -> bool:
    """Record that `to` must be told of `event`; False where the same `key` is known already.

    `path` is the page that the mail opens, and opens exactly that one; or give the `link`.
    """
    new = insert_for(session, Mail.__table__).values(  # type: ignore[arg-type]  # it is a table
        key=key,
        event=event,
        to=to,
        case_id=case.id if case else None,
        link_id=link.id if link else None,
        facts=facts or {},
        message_id=make_msgid(domain=to.rpartition("@")[2] or None),
        queued_at=at,
        not_before=at,
    )
    # who else records the same key at this moment is waited for, and then was first
    first = new.on_conflict_do_nothing(index_elements=[Mail.key]).returning(Mail.id)
    mail_id = session.scalar(first)
    if mail_id is not None and path:
        opens = page_link(session, to, path, case=case, at=at)
        session.execute(update(Mail).where(Mail.id == mail_id).values(link_id=opens.id))
    return mail_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One person to be told of something; `path` is the page that the mail opens."""

    to: str
    key: str
    path: str
    facts: dict[str, Any]


def queue_mails(session: Session, event: str, people: Sequence[Told], *, at: datetime) -> int:
    """`queue_mail` for many people at once, in a few statements; returns how many are new."""
    keys = [told.key for told in people]
    known = set(session.scalars(select(Mail.key).where(Mail.key.in_(keys))))
    new = [told for told in people if told.key not in known]
    links = [_page_link(told.to, told.path, None, at) for told in new]
    session.add_all(links)
    session.flush()
    rows = [
        {
            "key": told.key,
            "event": event,
            "to": told.to,
            "link_id": link.id,
            "facts": told.facts,
            "message_id": make_msgid(domain=told.to.rpartition("@")[2] or None),
            "queued_at": at,
            "not_before": at,
        }
        for told, link in zip(new, links, strict=True)
    ]
    if rows:
        insert = insert_for(session, Mail.__table__)  # type: ignore[arg-type]  # it is a table
        session.execute(insert.on_conflict_do_nothing(index_elements=[Mail.key]), rows)
    return len(rows)


def page_link(session: Session, email: str, path: str, *, case: Case | None, at: datetime) -> Link:
    """A link that opens one page for one person."""
    link = _page_link(email, path, case, at)
    session.add(link)
    session.flush()
    return link


def _page_link(email: str, path: str, case: Case | None, at: datetime) -> Link:
    return Link(
        purpose=LinkPurpose.PAGE,
        email=email,
        path=path,
        case_id=case.id if case else None,
        made_at=at,
        expires_at=at + timedelta(days=LINK_DAYS),
    )


def without_words(session: Session, *, limit: int = 200) -> list[Mail]:
    """Recorded mails whose words were not put in yet, oldest first."""
    query = select(Mail).where(Mail.state == MailState.QUEUED, Mail.subject.is_(None))
    return list(session.scalars(query.order_by(Mail.id).limit(limit)))


def claim(session: Session, holder: str, *, at: datetime, limit: int = 50) -> list[Mail]:
    """Take mails that are ready to go, so that no other sender takes them."""
    ready = (
        select(Mail.id)
        .where(
            Mail.state == MailState.QUEUED,
            Mail.subject.is_not(None),
            # queued later than now: the clock was set back since, and its times mean nothing
            or_(Mail.not_before <= at, Mail.queued_at > at),
        )
        .order_by(Mail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = session.scalars(
        update(Mail)
        .where(Mail.id.in_(ready.scalar_subquery()), Mail.state == MailState.QUEUED)
        .values(state=MailState.SENDING, holder=holder, tries=Mail.tries + 1)
        .returning(Mail)
    ).all()
    return sorted(taken, key=lambda mail: mail.id)


def sent(session: Session, mail_ids: Sequence[int], *, at: datetime) -> None:
    """The server took these."""
    session.execute(
        update(Mail)
        .where(Mail.id.in_(mail_ids))
        .values(state=MailState.SENT, sent_at=at, holder=None, cause="")
    )


def put_back(session: Session, mail_id: int, cause: str, *, at: datetime) -> None:
    """It did not go, or nobody knows: it goes again later, under the same Message-ID."""
    mail = session.get_one(Mail, mail_id)
    mail.state, mail.holder, mail.cause = MailState.QUEUED, None, cause
    mail.not_before = at + wait_after(mail.tries)


def refuse(session: Session, mail_id: int, cause: str) -> None:
    """The server will never take it; the outbox page shows it to the comms team."""
    mail = session.get_one(Mail, mail_id)
    mail.state, mail.holder, mail.cause = MailState.REFUSED, None, cause


def take_back(session: Session, dead: Sequence[str]) -> int:
    """Mails that dead senders held go out again: twice rather than never."""
    held = Mail.holder.in_(dead)
    back = update(Mail).where(held, Mail.state == MailState.SENDING)
    result: Any = session.execute(back.values(state=MailState.QUEUED, holder=None))
    return int(result.rowcount)
