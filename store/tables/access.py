"""Who may open what: mailed links and what they opened."""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class LinkPurpose(StrEnum):
    SIGN_IN = "sign_in"  # everything this person may do
    PAGE = "page"  # exactly the page it names


class Link(Base):
    """A mailed link: `id` names it, and a signature that is in no row makes it open."""

    __tablename__ = "link"
    __table_args__ = (Index("ix_link_email", "email", "made_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True, default=lambda: secrets.token_urlsafe(12))
    purpose: Mapped[LinkPurpose]
    email: Mapped[str]
    path: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Attempt(Base):
    """Somebody asked for a sign-in link, or a program named a wrong secret; neither without end."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_who", "who", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str]  # "mail:<address>", or "from:" or "secret:<network address>"
    at: Mapped[datetime]
