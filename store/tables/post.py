"""What the networks gave us."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from registry.model import Network
from store.tables.base import Base


class Post(Base):
    """One post by a citizen; `text` is cleaned and NFC. Erased when the citizen deletes it.

    `event_id`: it carries the report hashtag of that event. What is written for an exercise lives
    on the practice network whatever `network` says, is listed on its event, and is no case.
    """

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("network", "remote_id", "exercise"),
        CheckConstraint("NOT exercise OR (event_id IS NOT NULL AND case_id IS NULL)", name="apart"),
        ForeignKeyConstraint(["event_id", "exercise"], ["event.id", "event.exercise"]),
        Index("ix_post_event_id", "event_id"),
        Index("ix_post_url", "url"),
        Index("ix_post_case_id", "case_id"),
        Index("ix_post_account", "account_id", "created_at"),
        Index("ix_post_author", "network", "author_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    network: Mapped[Network]
    remote_id: Mapped[str]
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    author_id: Mapped[str]
    author_handle: Mapped[str]
    author_name: Mapped[str]
    text: Mapped[str]
    url: Mapped[str]
    in_reply_to: Mapped[str | None]
    created_at: Mapped[datetime]
    collected_at: Mapped[datetime]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    place: Mapped[str | None]
    public: Mapped[bool] = mapped_column(default=True)  # False: only we may show it to staff
    told: Mapped[bool] = mapped_column(default=False)  # its writer was told who answers
    withdrawn_at: Mapped[datetime | None]
    event_id: Mapped[int | None]
    exercise: Mapped[bool] = mapped_column(default=False, server_default=false())


class PhotoState(StrEnum):
    PENDING = "pending"  # known by its address, not fetched yet
    KEPT = "kept"  # saved by us, without metadata
    REFUSED = "refused"  # broken, too large, not a picture
    ERASED = "erased"


class Photo(Base):
    """A picture of a post (`post_id`) or one that staff attach to an answer (`answer_id`)."""

    __tablename__ = "photo"
    __table_args__ = (
        UniqueConstraint("post_id", "remote_url"),
        Index("ix_photo_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    state: Mapped[PhotoState]
    remote_url: Mapped[str]
    alt: Mapped[str]
    file: Mapped[str | None]  # our own name below the media folder
    mime: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    tries: Mapped[int] = mapped_column(default=0)
    cause: Mapped[str] = mapped_column(default="")


class Reading(Base):
    """How far an account was read, and how its last readings went."""

    __tablename__ = "reading"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    cursor: Mapped[str] = mapped_column(default="")
    begun_at: Mapped[datetime | None]  # when it was first read
    read_at: Mapped[datetime | None]
    good_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    cause: Mapped[str] = mapped_column(default="")
    not_before: Mapped[datetime | None]
    #: what the nightly check found: may it read, may it write, how many calls are left
    reads: Mapped[bool | None]
    writes: Mapped[bool | None]
    checked_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # when its credential ends
    posts: Mapped[int] = mapped_column(default=0)
    looked_at: Mapped[int] = mapped_column(default=0)  # the older post that was asked about last


class Search(Base):
    """How far a network was searched for an event's report hashtag, and how that went last."""

    __tablename__ = "search"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    network: Mapped[Network] = mapped_column(primary_key=True)
    cursor: Mapped[str] = mapped_column(default="")
    read_at: Mapped[datetime | None]
    posts: Mapped[int] = mapped_column(default=0)
    cause: Mapped[str] = mapped_column(default="")
