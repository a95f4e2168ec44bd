"""Cases, their history, and what was answered."""

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.model import Regime
from rules.case import Status, check_move
from rules.kind import Kind, Urgency
from store.tables.base import Base

#: Who moved a case when it was no person.
MACHINE = "haechi"


class Case(Base):
    """One citizen's matter, answered by one office."""

    __tablename__ = "case"
    __table_args__ = (
        Index("ix_case_status", "status", "due_at"),
        Index("ix_case_office", "office_id", "status"),
        Index("ix_case_received_at", "received_at"),
        Index("ix_case_event_id", "event_id"),
        Index("ix_case_unread", "id", sqlite_where=text("unread"), postgresql_where=text("unread")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: secrets.token_urlsafe(9))
    status: Mapped[Status] = mapped_column(default=Status.RECEIVED)
    kind: Mapped[Kind | None]
    urgency: Mapped[Urgency] = mapped_column(default=Urgency.NORMAL)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    office_id: Mapped[str | None] = mapped_column(ForeignKey("office.id"))
    told_office_id: Mapped[str | None]  # the office that the citizen was told of last
    district_id: Mapped[str | None] = mapped_column(ForeignKey("office.id"))
    caseworker: Mapped[str | None]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    place: Mapped[str | None]
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))  # never an exercise

    received_at: Mapped[datetime]
    since: Mapped[datetime]  # when it came into its present status
    routed_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]
    first_reply_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    due_why: Mapped[list[str]] = mapped_column(default=list)
    regime: Mapped[Regime | None]
    extensions: Mapped[int] = mapped_column(default=0)
    hand_backs: Mapped[int] = mapped_column(default=0)
    #: the site surveys that `due_at` leaves out: [[first, last], …], local dates in ISO, both in
    surveys: Mapped[list[list[Any]]] = mapped_column(default=list)
    closed_at: Mapped[datetime | None]  # as said again and again: what its citizen adds only joins

    # how the office was found: the machine's three best, and who decided
    decided_by: Mapped[str | None]  # "haechi" or a person's address
    confidence: Mapped[float | None]
    words: Mapped[list[str]] = mapped_column(default=list)
    guesses: Mapped[list[list[Any]]] = mapped_column(default=list)  # [[office id, 0..1], …]
    sampled: Mapped[bool] = mapped_column(default=False)  # sure, yet shown to a person
    unread: Mapped[bool] = mapped_column(default=False)  # a citizen wrote after it was settled

    history_head: Mapped[str] = mapped_column(default="")
    history_length: Mapped[int] = mapped_column(default=0)
    messages: Mapped[int] = mapped_column(default=0)  # the serial of the last message to a citizen
    version: Mapped[int] = mapped_column(default=1)

    history: Mapped[list["Line"]] = relationship(order_by="Line.seq", back_populates="case")

    # two people who decide the same case at once: the second is told, nothing is overwritten
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy's own protocol

    def move(self, to: Status, *, who: str, at: datetime, why: str = "") -> None:
        """Change the status, and leave a line that says who, when and why.

        Raises `rules.case.MoveRefused` where the table of moves does not allow it.
        """
        check_move(self.status, to)
        before, self.status, self.since = self.status, to, at
        self.note("move", who=who, at=at, why=why, before=before, after=to)

    def note(
        self,
        what: str,
        *,
        who: str,
        at: datetime,
        why: str = "",
        before: Status | None = None,
        after: Status | None = None,
    ) -> None:
        """Leave a line in the history, chained to the one before it."""
        line = Line(
            seq=self.history_length + 1,
            at=at,
            who=who,
            what=what,
            before=before,
            after=after,
            why=why,
            why_hash=digest(why),
            previous=self.history_head,
        )
        line.hash = line.chained(self.number)
        self.history.append(line)
        self.history_head, self.history_length = line.hash, line.seq


class Line(Base):
    """One line of a case's history. Texts enter the chain by their hash, so they can be erased."""

    __tablename__ = "history"
    __table_args__ = (UniqueConstraint("case_id", "seq"), Index("ix_history_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    seq: Mapped[int]
    at: Mapped[datetime]
    who: Mapped[str]
    what: Mapped[str]
    before: Mapped[Status | None]
    after: Mapped[Status | None]
    why: Mapped[str | None]  # None: erased
    why_hash: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]

    case: Mapped[Case] = relationship(back_populates="history")

    def chained(self, number: str) -> str:
        """The hash that this line must carry, from its fields and the line before it."""
        return digest(
            json.dumps(
                [
                    self.previous,
                    number,
                    self.seq,
                    self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                    self.who,
                    self.what,
                    self.before,
                    self.after,
                    self.why_hash,
                ],
                ensure_ascii=False,
            )
        )


def digest(text: str) -> str:
    """SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Answer(Base):
    """What an office wants to say to the citizen; it leaves once approved."""

    __tablename__ = "answer"
    __table_args__ = (Index("ix_answer_case_id", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    text: Mapped[str]
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    written_by: Mapped[str]
    written_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    refused_why: Mapped[str | None]


class Designation(Base):
    """An office named by a person: what the machine learns from, and is measured by."""

    __tablename__ = "designation"
    __table_args__ = (Index("ix_designation_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"))
    by: Mapped[str]
    at: Mapped[datetime]
    guess: Mapped[str | None]  # what the machine would have said
    confidence: Mapped[float | None]
    sure: Mapped[bool]  # whether it would have decided alone


class Reminder(Base):
    """A step of the climb that was taken; each once."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("case_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    step: Mapped[str]  # names the due date, too: a new one starts the climb again
    at: Mapped[datetime]


class Numbering(Base):
    """The numbers that one year gave to its cases; see `store.numbering`."""

    __tablename__ = "numbering"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
    head: Mapped[str]
