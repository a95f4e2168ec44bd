"""The ledger's Korean words, and a case's ids as names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from registry.sheets import NETWORKS, OFFICE_KINDS
from store.ledger import Names
from tasks.case_words import KINDS

STATUSES = {
    "received": "접수",
    "triage": "소통팀 확인 중",
    "routed": "기관 배정",
    "assigned": "담당자 처리 중",
    "answered": "답변 전달 중",
    "replied": "답변 완료",
    "reopened": "재접수",
    "dismissed": "답변 불필요",
    "withdrawn": "시민이 삭제",
}
URGENCIES = {"normal": "", "urgent": "긴급"}
DECIDERS = {"machine": "기계", "person": "사람"}
VERDICTS = {None: "", True: "맞음", False: "틀림"}
WEEKDAYS = "월화수목금토일"
NONE = "(없음)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Ids as a person reads them, moments on the city's clock."""

    names: Names
    tz: ZoneInfo

    def local(self, at: datetime | None) -> datetime | None:
        """A moment as a cell holds it: without a zone, on the city's clock, to the second."""
        if at is None:
            return None
        return at.astimezone(self.tz).replace(tzinfo=None, microsecond=0)

    def network(self, account_id: str) -> str:
        return NETWORKS.get(self.names.accounts[account_id].network, NONE)

    def account(self, account_id: str) -> str:
        """Name and handle: several accounts of a city bear the same name."""
        account = self.names.accounts[account_id]
        return f"{account.name} (@{account.handle})" if account.handle else account.name

    def personal(self, account_id: str) -> str:
        return "개인 계정" if self.names.accounts[account_id].personal else ""

    def office(self, office_id: str | None) -> str:
        return self.names.offices[office_id][0] if office_id else ""

    def office_kind(self, office_id: str | None) -> str:
        return OFFICE_KINDS[self.names.offices[office_id][1]] if office_id else ""

    def person(self, address: str | None) -> str:
        """The name of a member of staff; the address where no name is known."""
        return self.names.staff.get(address, address) if address else ""

    def kind(self, kind: str | None) -> str:
        return KINDS.get(kind or "", "")


#: What stands before the figures of a group: the headers, and the words for an id.
Labels = tuple[tuple[str, ...], Callable[[Words, str], tuple[str, ...]]]

LABELS: dict[str, Labels] = {
    "office": (("구분", "기관"), lambda w, id: (w.office_kind(id), w.office(id) or NONE)),
    "account": (
        ("네트워크", "계정", "개인 계정"),
        lambda w, id: (w.network(id), w.account(id), w.personal(id)),
    ),
    "network": (("네트워크",), lambda _, id: (NETWORKS.get(id, id),)),
    "district": (("자치구",), lambda w, id: (w.office(id) or NONE,)),
    "kind": (("유형",), lambda w, id: (w.kind(id) or NONE,)),
}
#: The sheets of groups, in their order.
SHEETS = {
    "office": "기관별",
    "account": "계정별",
    "network": "네트워크별",
    "district": "자치구별",
    "kind": "유형별",
}
SUMMARY, REGISTER, DAYS, CHARTS = "요약", "대장", "일별", "도표"
TOTAL = "합계"
LATER = "다음 달 이후"
