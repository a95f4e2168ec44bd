"""Which office a case is for: given, handed back, passed on, looked at again."""

from sqlalchemy import select

from registry.ask import roles_of
from registry.model import Office, Role
from rules.case import Status, may_hand_back
from rules.due import due
from rules.kind import NEEDS_ANSWER, Kind, Urgency
from store.desk.base import ActRefused, Base
from store.registry import addresses
from store.tables import MACHINE, Answer, Case, Designation


class Routing(Base):
    """The acts by which a case finds its office."""

    __slots__ = ()

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

    def reopen(self, case: Case, *, why: str) -> None:
        """The citizen was not satisfied: the same office looks again, and its clock starts anew."""
        office_id = case.office_id
        case.move(Status.REOPENED, who=self.who, at=self.at, why=why)
        case.replied_at = case.due_at = None
        case.closed_at = None
        case.extensions, case.surveys = 0, []
        if office_id and office_id in self.registry.offices:
            self._send_to(case, self.registry.offices[office_id], why)
        else:
            self.to_triage(case, why=why)

    def _enter_triage(self, case: Case, why: str) -> None:
        """The comms team decides; an urgent case wakes it at once."""
        case.move(Status.TRIAGE, who=self.who, at=self.at, why=why)
        if case.urgency is Urgency.URGENT:
            self._call_comms_team(case)

    def _call_comms_team(self, case: Case) -> None:
        for address in addresses(self.session, Role.COMMS_TEAM):
            self._mail(case, "triage_urgent", address, path=f"/triage?only={case.number}")

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
            found = due(self._began(case), term, self.calendar)
            case.due_at, case.due_why = found.at, [str(step) for step in found.steps]

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
