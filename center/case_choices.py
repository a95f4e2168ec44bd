"""What the forms of a case offer by the law: dates to choose from, and what was answered before."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from center.seats import may
from center.visitor import Visitor
from registry.model import Regime
from rules.kind import Kind
from rules.terms import Term, terms_for
from store.desk import ActRefused, Desk
from store.desk.surveying import survey_days_left
from store.repeats import answered_before
from store.tables import Case

#: A value for the form, its words, and the due date that it gives.
Choice = tuple[str, str, datetime]

#: Stands for the citizen's consent, which the form asks for, while the dates are counted.
_IF_AGREED = "yes"


@dataclass(frozen=True, slots=True)
class Survey:
    """The survey under way, until its last day; `if_ended`: the due date if it ended today."""

    until: date
    if_ended: datetime | None


@dataclass(frozen=True, slots=True)
class Before:
    """An answer that the same citizen had on the same matter; `opens`: this visitor may read it."""

    number: str
    at: datetime
    opens: bool


def terms_of(desk: Desk, case: Case) -> list[Choice]:
    """What the case may be extended by: every whole number of its term's unit, up to the term."""
    original = terms_for(case.regime or Regime.SOCIAL, case.kind or Kind.COMPLAINT)
    if original is None:
        return []
    found: list[Choice] = []
    for amount in range(1, original.amount + 1):
        term = Term(amount, original.unit)
        try:
            at = desk.extension(case, term, consent=_IF_AGREED).at
        except ActRefused:
            break
        found.append((f"{term.amount}{term.unit}", str(term), at))
    return found


def surveys_of(desk: Desk, case: Case) -> list[Choice]:
    """How many days a site survey may take, today the first; none where it may not begin."""
    try:
        return [
            (str(days), f"{days}일", desk.surveyed(case, days).at)
            for days in range(1, survey_days_left(case) + 1)
        ]
    except ActRefused:
        return []


def survey_of(desk: Desk, case: Case) -> Survey | None:
    """The survey under way, if there is one."""
    until = desk.survey_until(case)
    if until is None:
        return None
    try:
        return Survey(until, desk.survey_ended(case).at)
    except ActRefused:
        return Survey(until, None)


def answered_of(session: Session, visitor: Visitor, case: Case) -> list[Before]:
    """What the citizen was answered on the same matter before, oldest first."""
    return [
        Before(one.case.number, one.at, may(visitor.person, "GET /cases/{number}", one.case))
        for one in answered_before(session, case)
    ]
