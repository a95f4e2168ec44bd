"""Mailed links and how often they are asked for."""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from store.mails import queue_mail
from store.tables import Attempt, Link, LinkPurpose

SIGN_IN_MINUTES = 30
#: So many sign-in mails may be asked for in a quarter of an hour.
MOST_ATTEMPTS = 5
#: So many wrong secrets may come from one network address in the same time.
MOST_WRONG = 10
_WINDOW = timedelta(minutes=15)


def token_of(link: Link, key: str) -> str:
    """What a link carries in its address: its name, and a signature that is in no row."""
    return f"{link.name}.{_signature(link, key)}"


def link_of(session: Session, token: str, key: str, *, at: datetime) -> Link | None:
    """The link behind a token; None where it is unknown, forged, expired or revoked."""
    if not (token.isascii() and token.isprintable()):
        return None  # neither a comparison of signatures nor PostgreSQL takes any text
    name, _, signature = token.rpartition(".")
    link = session.scalar(select(Link).where(Link.name == name))
    if link is None or not hmac.compare_digest(signature, _signature(link, key)):
        return None
    return link if link.revoked_at is None and link.expires_at > at else None


def may_ask(session: Session, *, email: str, address: str, at: datetime) -> bool:
    """Count one request for a sign-in link; False once there were too many.

    Both the account asked for and the network address that asks are counted.
    """
    session.execute(delete(Attempt).where(Attempt.at < at - _WINDOW))
    whos = (f"mail:{email}", f"from:{address}")
    counts = [
        session.scalar(select(func.count()).select_from(Attempt).where(Attempt.who == who)) or 0
        for who in whos
    ]
    # a person shares an address with a whole office, so that limit is wider
    if counts[0] >= MOST_ATTEMPTS or counts[1] >= MOST_ATTEMPTS * 6:
        return False
    session.add_all(Attempt(who=who, at=at) for who in whos)
    return True


def wait_for_secrets(session: Session, *, address: str, at: datetime) -> timedelta:
    """How long this network address is not listened to, for it named too many wrong secrets."""
    query = (
        select(Attempt.at)
        .where(Attempt.who == f"secret:{address}", Attempt.at.between(at - _WINDOW, at))
        .order_by(Attempt.at.desc())
        .offset(MOST_WRONG - 1)
        .limit(1)
    )
    counted = session.scalar(query)
    return timedelta(0) if counted is None else counted + _WINDOW - at


def wrong_secret(session: Session, *, address: str, at: datetime) -> None:
    """Count that a program at this network address named a wrong secret."""
    session.execute(delete(Attempt).where(Attempt.at < at - _WINDOW))
    session.add(Attempt(who=f"secret:{address}", at=at))


def mail_sign_in(session: Session, email: str, *, path: str, at: datetime) -> None:
    """Record a mail with a link that signs this person in."""
    link = Link(
        purpose=LinkPurpose.SIGN_IN,
        email=email,
        path=path,
        made_at=at,
        expires_at=at + timedelta(minutes=SIGN_IN_MINUTES),
    )
    session.add(link)
    session.flush()
    queue_mail(
        session,
        "sign_in",
        email,
        key=f"sign_in:{link.name}",
        at=at,
        link=link,
        facts={"minutes": SIGN_IN_MINUTES},
    )


def revoke(session: Session, email: str, *, at: datetime) -> None:
    """End everything that this person's links opened."""
    session.execute(
        update(Link).where(Link.email == email, Link.revoked_at.is_(None)).values(revoked_at=at)
    )


def _signature(link: Link, key: str) -> str:
    said = "|".join((link.name, link.purpose, link.email, link.path, link.expires_at.isoformat()))
    return hmac.new(key.encode(), said.encode(), sha256).hexdigest()[:32]
