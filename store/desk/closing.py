"""The same person with the same matter again and again: no more answers (Act, art. 23)."""

from rules.case import Status, may_close
from store.case_page import answers_of
from store.desk.answering import Answering
from store.desk.base import ActRefused
from store.messages import Body
from store.repeats import answered_before
from store.tables import Answer, Case


class Closing(Answering):
    """A person's decision, and never the machine's."""

    __slots__ = ()

    def close(self, case: Case, text: str, *, why: str, body: Body, more: str) -> Answer:
        """Say for the last time, in `text`, that there was an answer; what comes later only joins.

        `body` and `more` are what `store.messages.say` takes, made from the same text.
        """
        if not why.strip():
            raise ActRefused("종결 사유를 적어 주세요.")
        self.check_closing(case)
        answer = Answer(case_id=case.id, text=text, written_by=self.who, written_at=self.at)
        self.session.add(answer)
        self.session.flush()
        case.closed_at = self.at
        case.note("closed", who=self.who, at=self.at, why=why)
        self.approve(case, answer, body=body, more=more)
        return answer

    def check_closing(self, case: Case) -> None:
        """Raise `ActRefused` unless this case may be closed."""
        if case.status is not Status.ASSIGNED:
            raise ActRefused("담당자를 지정한 뒤에 종결할 수 있습니다.")
        written = answers_of(self.session, case)
        if any(one.approved_at is None and one.refused_why is None for one in written):
            raise ActRefused("검토를 기다리는 답변이 있습니다. 먼저 승인하거나 돌려보내 주세요.")
        if not may_close(len(answered_before(self.session, case))):
            raise ActRefused("같은 시민의 같은 내용에 두 번 이상 답변한 건만 종결할 수 있습니다.")
