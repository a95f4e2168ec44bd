"""The registry's rows as applied. Nothing is deleted here: what goes is retired."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from registry.model import DisasterRole, HashtagPurpose, Network, OfficeKind, Regime, Role
from store.tables.base import Base


class OfficeRow(Base):
    __tablename__ = "office"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[OfficeKind]
    name: Mapped[str]
    parent: Mapped[str]
    duties: Mapped[str]
    keywords: Mapped[list[str]]
    email: Mapped[str]
    review: Mapped[bool]
    regime: Mapped[Regime]
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    name_zh: Mapped[str] = mapped_column(default="", server_default="")
    name_ja: Mapped[str] = mapped_column(default="", server_default="")
    retired_at: Mapped[datetime | None]


class AccountRow(Base):
    __tablename__ = "account"

    id: Mapped[str] = mapped_column(primary_key=True)
    network: Mapped[Network]
    server: Mapped[str]
    handle: Mapped[str]
    name: Mapped[str]
    office: Mapped[str] = mapped_column(ForeignKey("office.id"))
    flagship: Mapped[bool]
    personal: Mapped[bool]
    answers_as: Mapped[str | None]
    disaster_role: Mapped[DisasterRole]
    credential: Mapped[str]
    active: Mapped[bool]
    languages: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    in_parts: Mapped[bool] = mapped_column(default=False, server_default=false())
    retired_at: Mapped[datetime | None]


class StaffRow(Base):
    __tablename__ = "staff"

    email: Mapped[str] = mapped_column(primary_key=True)
    office: Mapped[str] = mapped_column(ForeignKey("office.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(primary_key=True)
    name: Mapped[str]
    retired_at: Mapped[datetime | None]


class HashtagRow(Base):
    __tablename__ = "hashtag"

    tag: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[HashtagPurpose]
    hazard: Mapped[str]
    retired_at: Mapped[datetime | None]


class DayOffRow(Base):
    __tablename__ = "day_off"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]
    works: Mapped[bool]
    retired_at: Mapped[datetime | None]


class ExampleRow(Base):
    __tablename__ = "example"

    text: Mapped[str] = mapped_column(primary_key=True)
    office: Mapped[str] = mapped_column(ForeignKey("office.id"), primary_key=True)
    retired_at: Mapped[datetime | None]


class Stamp(Base):
    """Facts about this store itself: its mode, its city, the districts' boundaries."""

    __tablename__ = "stamp"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
