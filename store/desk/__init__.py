"""What a person, or the machine, may do with a case. Each act is one decision, in one transaction.

Who may do it is asked before, by the center; here it is only whether the case allows it.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from rules.case import Status
from store import cases
from store.desk.base import ActRefused, calendar_of
from store.desk.closing import Closing
from store.desk.routing import Routing
from store.desk.surveying import Surveying
from store.tables import MACHINE, Case

__all__ = ["ActRefused", "Desk", "calendar_of", "withdraw"]


class Desk(Routing, Closing, Surveying):
    """One person (or `haechi`) at work on cases, at one moment."""

    __slots__ = ()


def withdraw(session: Session, case: Case, *, at: datetime) -> None:
    """Every post of the case was deleted by its author: nothing of it is kept but that it was."""
    case.lat = case.lon = case.place = None
    case.words = []
    case.move(Status.WITHDRAWN, who=MACHINE, at=at, why="deleted by the citizen")
    cases.forget_text(session, case)
