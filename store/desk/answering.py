"""What an office does with a case that is its own: who does it, until when, what is answered."""

from registry.model import Role
from rules.case import Status
from rules.due import Due, ExtensionRefused, extend
from rules.terms import Term
from store.desk.base import ActRefused, Base
from store.messages import Body
from store.registry import addresses
from store.tables import Answer, Case, Delivery, MessageKind


class Answering(Base):
    """The acts inside an office."""

    __slots__ = ()

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

    def extend(
        self, case: Case, term: Term, *, why: str, body: Body, more: str = "", consent: str = ""
    ) -> None:
        """Put the due date off, by the original term at most; `body` tells the citizen.

        Once more with the citizen's `consent`: when and how it was given. `more` is what
        `store.messages.say` takes.
        """
        if not why.strip():
            raise ActRefused("연장 사유를 적어 주세요.")
        if case.status not in (Status.ROUTED, Status.ASSIGNED):
            raise ActRefused("지금은 기한을 연장할 수 없는 건입니다.")
        longer = self.extension(case, term, consent=consent)
        case.due_at, case.due_why = longer.at, [*case.due_why, *map(str, longer.steps)]
        if case.extensions:
            case.note("consent", who=self.who, at=self.at, why=consent.strip())
        case.extensions += 1
        case.note("extended", who=self.who, at=self.at, why=why)
        self._say(case, MessageKind.EXTENSION, body, more=more)

    def extension(self, case: Case, term: Term, *, consent: str = "") -> Due:
        """The due date that an extension by `term` would give."""
        original = self._term(case)
        if case.due_at is None or original is None:
            raise ActRefused("기한이 없는 건입니다.")
        agreed = bool(consent.strip())
        if case.extensions == 1 and not agreed:
            raise ActRefused(
                "두 번째 연장에는 시민의 동의가 필요합니다. 언제, 어떻게 동의를 받았는지 적어 주세요."
            )
        try:
            return extend(
                case.due_at,
                original,
                term,
                self.calendar,
                already=case.extensions,
                consent=agreed,
            )
        except ExtensionRefused as error:
            raise ActRefused(
                f"기한은 처음 처리기간({original})만큼까지 한 번, "
                "시민이 동의하면 한 번 더 연장할 수 있습니다."
            ) from error

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
                self._mail(case, "review", manager, round_=answer.id, facts={"answer": text})
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
