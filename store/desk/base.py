"""What every act needs: who acts, when, and how people are told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from registry.model import Office, Regime, Registry, Role
from rules.calendar import WorkingCalendar
from rules.case import Status
from rules.kind import Kind
from rules.terms import Term, terms_for
from store.mails import queue_mail
from store.messages import Body, say
from store.registry import addresses
from store.tables import Case, Delivery, MessageKind


class ActRefused(ValueError):
    """The case does not allow this act; the message, in Korean, tells the person why."""


def calendar_of(registry: Registry) -> WorkingCalendar:
    """The working calendar of the registry's city."""
    return WorkingCalendar(registry.city.calendar, registry.days_off, registry.city.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Who is at work on cases, and when; the acts are in the other files."""

    session: Session
    registry: Registry
    who: str
    at: datetime
    calendar: WorkingCalendar

    def _term(self, case: Case) -> Term | None:
        return terms_for(case.regime or Regime.SOCIAL, case.kind or Kind.COMPLAINT)

    def _began(self, case: Case) -> datetime:
        """When the case's clock began: with its receipt, or as its citizen came back last."""
        reopened = (line.at for line in case.history if line.after is Status.REOPENED)
        return max(reopened, default=case.received_at)

    def _office(self, office_id: str) -> Office:
        office = self.registry.offices.get(office_id)
        if office is None:
            raise ActRefused(f"없는 기관입니다: {office_id}. 목록에서 골라 주세요.")
        return office

    def _office_of(self, case: Case) -> Office:
        return self._office(case.office_id or "")

    def _manages(self, case: Case) -> bool:
        return self.who in addresses(self.session, Role.MANAGER, case.office_id)

    def _mail(
        self,
        case: Case,
        event: str,
        to: str,
        *,
        round_: int | None = None,
        facts: dict[str, Any] | None = None,
        path: str = "",
    ) -> None:
        queue_mail(
            self.session,
            event,
            to,
            key=f"{event}:{case.number}:{round_ or case.history_length}:{to}",
            at=self.at,
            case=case,
            path=path or f"/cases/{case.number}",
            facts=facts,
        )

    def _say(self, case: Case, kind: MessageKind, body: Body, **more: Any) -> list[Delivery]:
        return say(
            self.session,
            case,
            kind,
            body,
            registry=self.registry,
            by=self.who,
            at=self.at,
            **more,
        )
