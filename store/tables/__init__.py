"""Every table of the store."""

from store.tables.access import Attempt, Link, LinkPurpose
from store.tables.base import Base
from store.tables.broadcast import Bulletin, Event, Notice, Removal, Said
from store.tables.budget import Spent
from store.tables.case import MACHINE, Answer, Case, Designation, Line, Numbering, Reminder
from store.tables.outbox import Delivery, Mail, MailState, Message, MessageKind, Sender
from store.tables.post import Photo, PhotoState, Post, Reading, Search
from store.tables.registry import (
    AccountRow,
    DayOffRow,
    ExampleRow,
    HashtagRow,
    OfficeRow,
    StaffRow,
    Stamp,
)
from store.tables.routing import Model

__all__ = [
    "MACHINE",
    "AccountRow",
    "Answer",
    "Attempt",
    "Base",
    "Bulletin",
    "Case",
    "DayOffRow",
    "Delivery",
    "Designation",
    "Event",
    "ExampleRow",
    "HashtagRow",
    "Line",
    "Link",
    "LinkPurpose",
    "Mail",
    "MailState",
    "Message",
    "MessageKind",
    "Model",
    "Notice",
    "Numbering",
    "OfficeRow",
    "Photo",
    "PhotoState",
    "Post",
    "Reading",
    "Reminder",
    "Removal",
    "Said",
    "Search",
    "Sender",
    "Spent",
    "StaffRow",
    "Stamp",
]
