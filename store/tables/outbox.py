"""Everything that leaves: messages on networks, and mail."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rules.bulletin import Language, Way
from rules.outbox import DeliveryState
from store.tables.base import Base


class MessageKind(StrEnum):
    RECEIVED = "received"  # received, which office, until when
    ANSWER = "answer"
    EXTENSION = "extension"
    SURVEY = "survey"
    SURVEY_ENDED = "survey_ended"
    TRANSFER = "transfer"
    PROGRESS = "progress"
    BULLETIN = "bulletin"  # a disaster message, to everyone


class Message(Base):
    """One text to one citizen's post, or one bulletin. `serial` numbers the messages of a case."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("case_id", "serial"),
        UniqueConstraint("bulletin_id"),
        UniqueConstraint("id", "exercise"),
        CheckConstraint(
            "(bulletin_id IS NULL AND case_id IS NOT NULL AND post_id IS NOT NULL AND NOT exercise)"
            " OR (bulletin_id IS NOT NULL AND case_id IS NULL AND post_id IS NULL)",
            name="one_cause",
        ),
        ForeignKeyConstraint(["bulletin_id", "exercise"], ["bulletin.id", "bulletin.exercise"]),
        Index("ix_message_post_id", "post_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    serial: Mapped[int]
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    bulletin_id: Mapped[int | None]
    exercise: Mapped[bool] = mapped_column(default=False, server_default=false())
    kind: Mapped[MessageKind]
    text: Mapped[str]
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answer.id"))
    by: Mapped[str]
    at: Mapped[datetime]


class Delivery(Base):
    """One (account, message, part) on its way out. Its moves are in `rules/outbox.py`.

    That an exercise stays one is a foreign key: to the message, and from there to the event.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("account_id", "message_id", "part"),
        ForeignKeyConstraint(["message_id", "exercise"], ["message.id", "message.exercise"]),
        Index("ix_delivery_state", "state", "not_before"),
        Index("ix_delivery_message_id", "message_id"),
        Index("ix_delivery_remote_id", "remote_id"),
        Index("ix_delivery_settled_at", "settled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    message_id: Mapped[int]
    exercise: Mapped[bool] = mapped_column(default=False, server_default=false())
    part: Mapped[int] = mapped_column(default=1)
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.QUEUED)
    text: Mapped[str]
    in_reply_to: Mapped[str | None]  # the remote id of the post it answers
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    marker: Mapped[str]  # by which it is found on a timeline
    key: Mapped[str] = mapped_column(unique=True)  # a network's idempotency key
    queued_at: Mapped[datetime]
    not_before: Mapped[datetime]
    holder: Mapped[str | None]  # the sender that has claimed it
    tries: Mapped[int] = mapped_column(default=0)
    first_attempt_at: Mapped[datetime | None]
    attempted_at: Mapped[datetime | None]
    readings: Mapped[int] = mapped_column(default=0)  # complete ones that did not find it
    settled_at: Mapped[datetime | None]
    remote_id: Mapped[str | None]
    url: Mapped[str | None]
    cause: Mapped[str] = mapped_column(default="")
    prepared: Mapped[str | None]  # what the network made ready for it, such as a container's id

    # a bulletin's
    wave: Mapped[int] = mapped_column(default=0, server_default="0")
    way: Mapped[Way] = mapped_column(default=Way.POST, server_default=Way.POST)
    language: Mapped[Language] = mapped_column(default=Language.KO, server_default=Language.KO)
    held: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )  # until the lead's post is out
    shares: Mapped[str | None]  # the remote id of the post that it passes on
    after_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"))  # settled before it
    dropped: Mapped[str | None]  # why it must not go any more, unless it is out already
    expires_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]  # read back from the account's timeline

    message: Mapped[Message] = relationship()


class MailState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"  # the server will never take it: a person looks


class Mail(Base):
    """One letter to one person, recorded with what caused it, and before it is sent.

    `key` makes it once for its cause. Its words are put in when it is first sent and stay as
    they are from then on; a link in them is a placeholder until the very moment of sending, so
    that no row of the store opens a page.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_state", "state", "not_before"),
        Index("ix_mail_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    event: Mapped[str]  # the folder below templates/mail/
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("link.id"))
    to: Mapped[str]
    facts: Mapped[dict[str, Any]]  # what the template needs beyond the case
    subject: Mapped[str | None]
    plain: Mapped[str | None]
    html: Mapped[str | None]
    message_id: Mapped[str]
    state: Mapped[MailState] = mapped_column(default=MailState.QUEUED)
    queued_at: Mapped[datetime]
    not_before: Mapped[datetime]
    holder: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    cause: Mapped[str] = mapped_column(default="")


class Sender(Base):
    """A process that sends. That it lives is proved by a lock, never by this row."""

    __tablename__ = "sender"

    id: Mapped[str] = mapped_column(primary_key=True)
    lock: Mapped[int] = mapped_column(BigInteger)  # an advisory lock's key on PostgreSQL
    started_at: Mapped[datetime]
