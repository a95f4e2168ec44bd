"""Disasters: events, their bulletins, and what each account was given to say."""

import secrets
from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from rules.bulletin import BulletinKind, BulletinState, Hazard, Language, Way
from store.tables.base import Base


class Event(Base):
    """A flood, from its first alert to its all-clear; or an exercise of one.

    `exercise` goes down to every delivery by foreign keys that name it: a row of the one kind
    cannot hang below a row of the other.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("id", "exercise"),
        Index(
            "ix_event_open",
            "id",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    exercise: Mapped[bool]
    hazard: Mapped[Hazard]
    event_tag: Mapped[str]
    report_tag: Mapped[str]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: secrets.token_urlsafe(9))
    opened_at: Mapped[datetime | None]  # None: its first bulletin is not approved yet
    closed_at: Mapped[datetime | None]  # by the all-clear
    #: ordinary replies wait until somebody lets them go on, also after the all-clear
    resumed_at: Mapped[datetime | None]
    resumed_by: Mapped[str | None]
    told_at: Mapped[datetime | None]  # the last digest to the comms team
    asked_at: Mapped[datetime | None]  # when an update was asked for last

    bulletins: Mapped[list["Bulletin"]] = relationship(
        order_by="Bulletin.id", back_populates="event"
    )


class Bulletin(Base):
    """One message of an event, as it was submitted; nothing of its words changes afterwards."""

    __tablename__ = "bulletin"
    __table_args__ = (
        UniqueConstraint("id", "exercise"),
        UniqueConstraint("digest", "generation"),
        UniqueConstraint("cap_sender", "cap_identifier"),
        ForeignKeyConstraint(["event_id", "exercise"], ["event.id", "event.exercise"]),
        CheckConstraint(  # the machine speaks for nobody, but in exercises
            "exercise OR (submitted_by <> 'haechi' AND coalesce(approved_by, '') <> 'haechi')",
            name="machine_never_live",
        ),
        Index("ix_bulletin_event_id", "event_id"),
        Index("ix_bulletin_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int]
    exercise: Mapped[bool]
    kind: Mapped[BulletinKind]
    state: Mapped[BulletinState] = mapped_column(default=BulletinState.DRAFT)
    marker: Mapped[str] = mapped_column(unique=True)
    #: the same trigger twice is one bulletin: what was asked, and how often it ended before
    digest: Mapped[str]
    generation: Mapped[int] = mapped_column(default=1)

    texts: Mapped[dict[str, dict[str, str]]]  # language → act_now, description
    areas: Mapped[dict[str, str]]  # language → its name for the area
    districts: Mapped[list[str]]  # ids of offices; none: the whole city
    polygon: Mapped[str] = mapped_column(default="")
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    left_out: Mapped[dict[str, str]] = mapped_column(default=dict)  # account → why, in Korean
    expires_at: Mapped[datetime]

    submitted_by: Mapped[str]
    submitted_at: Mapped[datetime]
    run_id: Mapped[str | None]  # Prefect's run that waits for the approval
    approved_by: Mapped[str | None]
    approved_at: Mapped[datetime | None]
    alone_why: Mapped[str | None]  # break-glass: one person alone, and the reason
    refused_by: Mapped[str | None]
    refused_at: Mapped[datetime | None]
    refused_why: Mapped[str | None]
    stopped_by: Mapped[str | None]
    stopped_at: Mapped[datetime | None]
    refers_to: Mapped[list[int]]  # the bulletins of its event that stood when it was approved
    superseded_by_id: Mapped[int | None] = mapped_column(ForeignKey("bulletin.id"))

    conducted_at: Mapped[datetime | None]  # when a run took it up
    led_by: Mapped[str | None]  # the account whose post the others relay; "": none, all post
    opened_wave_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]  # everything that may go has gone
    told_at: Mapped[datetime | None]  # the report was mailed
    audited_at: Mapped[datetime | None]  # read back, ten minutes later
    audit: Mapped[list[str]] = mapped_column(default=list)  # what the audit found wrong

    cap_sender: Mapped[str | None]  # of the CAP alert that it came from
    cap_identifier: Mapped[str | None]
    cap_fingerprint: Mapped[str | None]  # the same identifier with another one is refused

    event: Mapped[Event] = relationship(back_populates="bulletins")
    said: Mapped[list["Said"]] = relationship(order_by="Said.id", back_populates="bulletin")


class Said(Base):
    """What one account says of a bulletin: what the approver saw, and what its deliveries carry.

    `text` may hold a placeholder for the address of the lead's post; `direct` is said where
    there is none.
    """

    __tablename__ = "said"
    __table_args__ = (UniqueConstraint("bulletin_id", "account_id", "part"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"))
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    wave: Mapped[int]
    way: Mapped[Way]
    part: Mapped[int]
    language: Mapped[Language]
    text: Mapped[str]
    direct: Mapped[str]
    marker: Mapped[str]
    with_picture: Mapped[bool]

    bulletin: Mapped[Bulletin] = relationship(back_populates="said")


class Notice(Base):
    """That a district's desk was told of a bulletin, and whether it said so."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("bulletin_id", "office_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletin.id"))
    office_id: Mapped[str] = mapped_column(ForeignKey("office.id"))
    told_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]


class Removal(Base):
    """That a post of ours comes down: by two people, and a copy of it is kept.

    While `agreed_at` is set and `removed_at` is not, it is being taken down. One that its asker
    withdrew stays as history; at most one of a delivery is not withdrawn.
    """

    __tablename__ = "removal"
    __table_args__ = (
        Index(
            "uq_removal_standing",
            "delivery_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    # the copy
    text: Mapped[str]
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id"))
    url: Mapped[str] = mapped_column(default="", server_default="")
    remote_id: Mapped[str] = mapped_column(default="", server_default="")
    published_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]  # read back from the timeline

    why: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]  # by who asked for it
    withdrawn_why: Mapped[str] = mapped_column(default="", server_default="")
    agreed_by: Mapped[str | None]
    agreed_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]  # the next try; None: no program tries
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    by_hand_at: Mapped[datetime | None]  # people were asked to do it
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]  # None: a program did
    cause: Mapped[str] = mapped_column(default="")
