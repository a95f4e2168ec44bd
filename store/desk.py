"""What a person, or the machine, may do with a case. Each act is one decision, in one transaction.

Who may do it is asked before, by the center; here it is only whether the case allows it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.ask import roles_of
from registry.model import Office, Regime, Registry, Role
from rules.calendar import WorkingCalendar
from rules.case import Status, may_hand_back
from rules.due import Due, ExtensionRefused, due, extend
from rules.kind import NEEDS_ANSWER, Kind, Urgency
from rules.terms import Term, terms_for
from store import cases
from store.mails import queue_mail
from store.messages import Body, say
from store.registry import addresses
from store.tables import MACHINE, Answer, Case, Delivery, Designation, MessageKind


class ActRefused(ValueError):
    """The case does not allow this act; the message, in Korean, tells the person why."""


def calendar_of(registry: Registry) -> WorkingCalendar:
    """The working calendar of the registry's city."""
    return WorkingCalendar(registry.city.calendar, registry.days_off, registry.city.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One person (or `haechi`) at work on cases, at one moment."""

    session: Session
    registry: Registry
    who: str
    at: datetime
    calendar: WorkingCalendar

    # --- which office ---------------------------------------------------------------------

    def route(self, case: Case, office_id: str, *, why: str = "") -> None:
        """Give the case to an office and start its clock; the office's managers get mail."""
        office = self._office(office_id)
        if case.status not in (Status.RECEIVED, Status.TRIAGE, Status.REOPENED, Status.DISMISSED):
            raise ActRefused("이미 담당 기관이 정해진 건입니다. 새로고침해 주세요.")
        if case.kind not in NEEDS_ANSWER:
            case.kind = Kind.TIP  # a person sees something to answer where the machine saw none
        self._send_to(case, office, why)
        if self.who != MACHINE:
            self._learn(case, office_id)

    def to_triage(self, case: Case, *, why: str) -> None:
        """The machine is not sure: a person decides."""
        self._enter_triage(case, why)

    def dismiss(self, case: Case, *, why: str) -> None:
        """No answer is owed: chatter, thanks, advertising, abuse. `restore` takes it back."""
        case.move(Status.DISMISSED, who=self.who, at=self.at, why=why)
        case.decided_by = self.who

    def restore(self, case: Case) -> None:
        """A dismissed case needs an office after all."""
        self._enter_triage(case, "")

    def hand_back(self, case: Case, *, why: str, better: str | None = None) -> None:
        """Not ours: back to the comms team, with the reason and perhaps the right office.

        Raises `ActRefused` once it was handed back too often: then the last decision binds.
        """
        if not why.strip():
            raise ActRefused("반려 사유를 적어 주세요.")
        self._check_not_bound(case)
        better_name = f" → {self._office(better).name}" if better else ""
        office, case.office_id, case.caseworker = case.office_id, None, None
        case.hand_backs += 1
        case.guesses = [[better, 1.0]] if better else [g for g in case.guesses if g[0] != office]
        self._drop_drafts(case)
        self._enter_triage(case, f"{why}{better_name}")

    def transfer(self, case: Case, office_id: str, *, why: str) -> None:
        """To another office, directly; the citizen is told by the next run of `assign`."""
        office = self._office(office_id)
        if office_id == case.office_id:
            raise ActRefused("같은 기관입니다. 다른 기관을 골라 주세요.")
        if not why.strip():
            raise ActRefused("이송 사유를 적어 주세요.")
        if case.status not in (Status.ROUTED, Status.ASSIGNED):
            raise ActRefused("지금은 이송할 수 없는 건입니다.")
        if Role.COMMS_TEAM not in roles_of(self.registry, self.who):
            self._check_not_bound(case)  # the comms team may put its own decision right
        self._drop_drafts(case)
        self._send_to(case, office, why)
        self._learn(case, office_id)

    def make_urgent(self, case: Case) -> None:
        """What the citizen added tells of a danger: whoever has the case hears of it at once."""
        if case.urgency is Urgency.URGENT:
            return
        case.urgency = Urgency.URGENT
        case.note("urgent", who=self.who, at=self.at)
        if case.caseworker:
            self._mail(case, "designated", case.caseworker)
        elif case.office_id:
            for address in addresses(self.session, Role.MANAGER, case.office_id):
                self._mail(case, "assigned", address)
        elif case.status is Status.TRIAGE:
            self._call_comms_team(case)

    # --- inside the office ----------------------------------------------------------------

    def designate(self, case: Case, caseworker: str) -> None:
        """Name who does it; naming oneself takes it. A second time it is a reassignment."""
        people = {s.email for s in self.registry.staff if s.office == case.office_id}
        if caseworker not in people:
            raise ActRefused("이 기관의 직원이 아닙니다. 목록에서 골라 주세요.")
        if case.status not in (Status.ROUTED, Status.ASSIGNED):
            raise ActRefused("지금은 담당자를 지정할 수 없는 건입니다. 새로고침해 주세요.")
        before, case.caseworker = case.caseworker, caseworker
        case.assigned_at = self.at
        case.move(
            Status.ASSIGNED,
            who=self.who,
            at=self.at,
            why=f"{before} → {caseworker}" if before else caseworker,
        )
        if caseworker != self.who:
            self._mail(case, "designated", caseworker)

    def extend(self, case: Case, term: Term, *, why: str, body: Body, more: str = "") -> None:
        """Put the due date off once, by the original term at most; `body` tells the citizen.

        `more` is what `store.messages.say` takes.
        """
        if not why.strip():
            raise ActRefused("연장 사유를 적어 주세요.")
        if case.status not in (Status.ROUTED, Status.ASSIGNED):
            raise ActRefused("지금은 기한을 연장할 수 없는 건입니다.")
        longer = self.extension(case, term)
        case.due_at, case.due_why = longer.at, [*case.due_why, *map(str, longer.steps)]
        case.extensions += 1
        case.note("extended", who=self.who, at=self.at, why=why)
        self._say(case, MessageKind.EXTENSION, body, more=more)

    def extension(self, case: Case, term: Term) -> Due:
        """The due date that an extension by `term` would give; once, by the original at most."""
        original = self._term(case)
        if case.due_at is None or original is None:
            raise ActRefused("기한이 없는 건입니다.")
        try:
            return extend(case.due_at, original, term, self.calendar, already=case.extensions)
        except ExtensionRefused as error:
            raise ActRefused(
                f"기한은 처음 처리기간({original})만큼까지 한 번만 연장할 수 있습니다."
            ) from error

    # --- the answer -----------------------------------------------------------------------

    def answer(
        self, case: Case, text: str, *, body: Body, more: str, photo_id: int | None = None
    ) -> Answer:
        """Keep an answer; where the office asks for no review it is approved at once.

        `body` and `more` are what `store.messages.say` takes, made from the same text.
        """
        if case.status != Status.ASSIGNED:
            raise ActRefused("답변을 등록할 수 없는 건입니다. 새로고침해 주세요.")
        if not text.strip():
            raise ActRefused("답변 내용을 적어 주세요.")
        answer = Answer(
            case_id=case.id, text=text, photo_id=photo_id, written_by=self.who, written_at=self.at
        )
        self.session.add(answer)
        self.session.flush()
        case.note("answer written", who=self.who, at=self.at, why=text)
        if self._office_of(case).review and not self._manages(case):
            for manager in addresses(self.session, Role.MANAGER, case.office_id):
                self._mail(case, "review", manager, round_=answer.id)
        else:
            self.approve(case, answer, body=body, more=more)
        return answer

    def approve(self, case: Case, answer: Answer, *, body: Body, more: str) -> list[Delivery]:
        """Let an answer go: it is in the outbox with this very decision."""
        if answer.approved_at or answer.refused_why:
            raise ActRefused("이미 처리된 답변입니다. 새로고침해 주세요.")
        answer.approved_by, answer.approved_at = self.who, self.at
        case.answered_at = self.at
        case.move(Status.ANSWERED, who=self.who, at=self.at)
        return self._say(
            case, MessageKind.ANSWER, body, more=more, photo_id=answer.photo_id, answer_id=answer.id
        )

    def refuse(self, case: Case, answer: Answer, *, why: str) -> None:
        """The manager does not let an answer go; its writer gets the reason by mail."""
        if answer.approved_at or answer.refused_why:
            raise ActRefused("이미 처리된 답변입니다. 새로고침해 주세요.")
        if not why.strip():
            raise ActRefused("보완할 내용을 적어 주세요.")
        answer.refused_why = why
        case.note("answer refused", who=self.who, at=self.at, why=why)
        self._mail(case, "refused", answer.written_by, round_=answer.id, facts={"why": why})

    def reopen(self, case: Case, *, why: str) -> None:
        """The citizen was not satisfied: the same office looks again, and its clock starts anew."""
        office_id = case.office_id
        case.move(Status.REOPENED, who=self.who, at=self.at, why=why)
        case.replied_at = case.due_at = None
        case.extensions = 0
        if office_id and office_id in self.registry.offices:
            self._send_to(case, self.registry.offices[office_id], why)
        else:
            self.to_triage(case, why=why)

    # --- shared ---------------------------------------------------------------------------

    def _enter_triage(self, case: Case, why: str) -> None:
        """The comms team decides; an urgent case wakes it at once."""
        case.move(Status.TRIAGE, who=self.who, at=self.at, why=why)
        if case.urgency is Urgency.URGENT:
            self._call_comms_team(case)

    def _call_comms_team(self, case: Case) -> None:
        for address in addresses(self.session, Role.COMMS_TEAM):
            self._mail(case, "triage_urgent", address, path="/triage")

    def _drop_drafts(self, case: Case) -> None:
        """An answer that waits for its office's manager is nothing to the office that is next."""
        waiting = select(Answer).where(
            Answer.case_id == case.id,
            Answer.approved_at.is_(None),
            Answer.refused_why.is_(None),
        )
        for answer in self.session.scalars(waiting):
            answer.refused_why = "다른 기관으로 넘어간 건입니다."

    def _check_not_bound(self, case: Case) -> None:
        if not may_hand_back(case.hand_backs):
            raise ActRefused(
                "세 번 반려된 건이라 더는 넘길 수 없습니다. 소통팀이 정한 기관이 처리합니다."
            )

    def _send_to(self, case: Case, office: Office, why: str) -> None:
        case.office_id, case.caseworker, case.routed_at = office.id, None, self.at
        case.decided_by, case.regime = self.who, office.regime
        if case.due_at is None:
            self._start_clock(case)
        case.move(Status.ROUTED, who=self.who, at=self.at, why=f"{office.name}: {why}")
        managers = addresses(self.session, Role.MANAGER, office.id)
        for address in managers or addresses(self.session, Role.COMMS_TEAM):
            self._mail(case, "assigned" if managers else "no_manager", address)

    def _start_clock(self, case: Case) -> None:
        term = self._term(case)
        if term is not None:
            reopened = [line.at for line in case.history if line.after is Status.REOPENED]
            found = due(max(reopened, default=case.received_at), term, self.calendar)
            case.due_at, case.due_why = found.at, [str(step) for step in found.steps]

    def _term(self, case: Case) -> Term | None:
        return terms_for(case.regime or Regime.SOCIAL, case.kind or Kind.COMPLAINT)

    def _learn(self, case: Case, office_id: str) -> None:
        self.session.add(
            Designation(
                case_id=case.id,
                office_id=office_id,
                by=self.who,
                at=self.at,
                guess=case.guesses[0][0] if case.guesses else None,
                confidence=case.confidence,
                sure=case.sampled,
            )
        )

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


def withdraw(session: Session, case: Case, *, at: datetime) -> None:
    """Every post of the case was deleted by its author: nothing of it is kept but that it was."""
    case.lat = case.lon = case.place = None
    case.words = []
    case.move(Status.WITHDRAWN, who=MACHINE, at=at, why="deleted by the citizen")
    cases.forget_text(session, case)
