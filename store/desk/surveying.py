"""A site survey, whose days the law leaves out of the count (decree, art. 17)."""

from collections.abc import Iterable
from datetime import date, timedelta

from registry.model import Regime
from rules.calendar import WorkingCalendar
from rules.case import Status
from rules.due import MOST_SURVEY_DAYS, Due, Pause, due_around, steps_of, survey
from rules.terms import SURVEYED
from store.desk.base import ActRefused, Base
from store.messages import Body
from store.tables import Case, MessageKind

_AT_OFFICE = (Status.ROUTED, Status.ASSIGNED)


class Surveying(Base):
    """Beginning a survey, and ending it early; after its last day it has ended by itself."""

    __slots__ = ()

    def survey(self, case: Case, days: int, *, why: str, body: Body, more: str = "") -> None:
        """Leave so many days, today the first, out of the count; `body` tells the citizen.

        `more` is what `store.messages.say` takes.
        """
        if not why.strip():
            raise ActRefused("현장조사를 하는 이유를 적어 주세요.")
        found = self.surveyed(case, days)
        case.surveys = [*case.surveys, _kept(self._from_today(days))]
        case.due_at, case.due_why = found.at, [*case.due_why, *map(str, found.steps)]
        case.note("survey", who=self.who, at=self.at, why=why)
        self._say(case, MessageKind.SURVEY, body, more=more)

    def surveyed(self, case: Case, days: int) -> Due:
        """The due date that a survey of so many days, today the first, would give."""
        if case.status not in _AT_OFFICE or case.due_at is None:
            raise ActRefused("지금은 현장조사를 시작할 수 없는 건입니다.")
        if case.kind not in SURVEYED[case.regime or Regime.SOCIAL]:
            raise ActRefused("현장조사 기간은 법정 처리기간을 따르는 고충민원에서만 빼고 셉니다.")
        if case.due_at <= self.at:
            raise ActRefused("처리기한이 이미 지난 건입니다.")
        if self.survey_until(case):
            raise ActRefused("이미 현장조사를 하고 있는 건입니다.")
        left = survey_days_left(case)
        if not 1 <= days <= left:
            raise ActRefused(
                f"현장조사는 모두 {MOST_SURVEY_DAYS}일까지입니다. 이 건에는 {left}일 남았습니다."
            )
        return due_around(
            case.due_at,
            self._from_today(days),
            self._without(_surveys(case)),
            since=self._began(case),
        )

    def end_survey(self, case: Case, *, body: Body) -> None:
        """The survey is done today, before its last day; `body` tells the citizen."""
        found = self.survey_ended(case)
        *before, running = _surveys(case)
        told = set(map(str, steps_of(running, case.due_at or found.at, self.calendar)))
        kept = [line for line in case.due_why if line not in told]
        case.surveys = [*map(_kept, before), _kept(survey(running.first, self._today()))]
        case.due_at, case.due_why = found.at, [*kept, *map(str, found.steps)]
        case.note("survey ended", who=self.who, at=self.at)
        self._say(case, MessageKind.SURVEY_ENDED, body)

    def survey_ended(self, case: Case) -> Due:
        """The due date that ending the survey today would give."""
        last, today = self.survey_until(case), self._today()
        if case.status not in _AT_OFFICE or case.due_at is None or last is None or last == today:
            raise ActRefused("끝낼 현장조사가 없는 건입니다. 새로고침해 주세요.")
        *before, running = _surveys(case)
        took = survey(running.first, today)
        return due_around(
            case.due_at,
            took,
            self._without(before),
            since=self._began(case),
            instead_of=running,
        )

    def survey_until(self, case: Case) -> date | None:
        """The last day of the survey that is under way; None where none is."""
        last = max((pause.last for pause in _surveys(case)), default=self._today())
        noted = [line.what for line in case.history if line.what in ("survey", "survey ended")]
        runs = bool(case.surveys) and noted[-1:] == ["survey"] and last >= self._today()
        return last if runs else None

    def _today(self) -> date:
        return self.calendar.local(self.at).date()

    def _from_today(self, days: int) -> Pause:
        return survey(self._today(), self._today() + timedelta(days=days - 1))

    def _without(self, surveys: Iterable[Pause]) -> WorkingCalendar:
        """The calendar as `due_at` was counted by."""
        return self.calendar.also_closed(day for pause in surveys for day in pause.days())


def survey_days_left(case: Case) -> int:
    """How many days of survey this case may still have; a day in two of them counts twice."""
    return MOST_SURVEY_DAYS - sum(len(list(pause.days())) for pause in _surveys(case))


def _surveys(case: Case) -> list[Pause]:
    return [
        survey(date.fromisoformat(first), date.fromisoformat(last)) for first, last in case.surveys
    ]


def _kept(pause: Pause) -> list[str]:
    return [pause.first.isoformat(), pause.last.isoformat()]
