"""The proof of a bulletin as plain rows, for its workbook."""

from datetime import datetime

from center.causes import cause_in_korean
from registry.model import Registry
from rules.bulletin import HAZARD_NAMES, KIND_NAMES
from rules.clean import cell_text
from store.proof import FATE_NAMES, Line, Report
from store.tables import Bulletin
from templates.proof_book import Value, proof_book

_HEADS = (
    ("계정", 22),
    ("이름", 26),
    ("네트워크", 13),
    ("상태", 16),
    ("차례", 7),
    ("방식", 10),
    ("링크", 44),
    ("게시 시각", 20),
    ("확인 시각", 20),
    ("승인 뒤(초)", 12),
    ("시도(회)", 9),
    ("사유", 44),
    ("내용", 80),
)
_WAYS = {"post": "직접 게시", "link": "링크", "repost": "재게시"}


def proof_book_of(bulletin: Bulletin, found: Report, registry: Registry) -> bytes:
    """The workbook: the sums on the first sheet, every account of the registry on the second."""
    return proof_book(
        summary=[(label, _clean(value)) for label, value in _summary(bulletin, found, registry)],
        heads=_HEADS,
        rows=[[_clean(value) for value in _row(line, registry)] for line in found.lines],
    )


def _summary(bulletin: Bulletin, found: Report, registry: Registry) -> list[tuple[str, Value]]:
    leader = registry.accounts.get(found.led_by or "")
    return [
        ("표식", bulletin.marker),
        ("구분", "모의훈련 (실제 상황이 아님)" if bulletin.exercise else "실제 상황"),
        ("재난", HAZARD_NAMES[bulletin.event.hazard]),
        ("종류", KIND_NAMES[bulletin.kind]),
        ("사건", bulletin.event.number),
        ("지역", bulletin.areas["ko"]),
        ("올린 사람", bulletin.submitted_by),
        ("승인한 사람", bulletin.approved_by or ""),
        ("승인 시각", _local(bulletin.approved_at, registry)),
        ("혼자 승인한 이유", bulletin.alone_why or ""),
        ("멈춘 사람", bulletin.stopped_by or ""),
        ("끝난 시각", _local(bulletin.finished_at, registry)),
        ("앞장선 계정", leader.name if leader else "없음 (모두 직접 게시)"),
        ("앞장선 계정까지(초)", _tenth(found.lead_seconds)),
        ("95%까지(초)", _tenth(found.most_seconds)),
        ("마지막까지(초)", _tenth(found.all_seconds)),
        *((name, found.counts.get(fate, 0)) for fate, name in FATE_NAMES.items()),
        ("합계 (등록부의 모든 계정)", len(found.lines)),
    ]


def _row(line: Line, registry: Registry) -> list[Value]:
    return [
        line.account.id,
        line.account.name,
        line.account.network.value,
        FATE_NAMES[line.fate],
        line.wave or None,
        _WAYS[line.way] if line.way else "",
        line.url,
        _local(line.sent_at, registry),
        _local(line.seen_at, registry),
        _tenth(line.seconds),
        line.tries,
        cause_in_korean(line.cause),
        line.text,
    ]


def _local(at: datetime | None, registry: Registry) -> datetime | None:
    """On the city's clock; a workbook's cells know no zones."""
    return at.astimezone(registry.city.zone).replace(tzinfo=None) if at else None


def _tenth(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _clean(value: Value) -> Value:
    return cell_text(value) if isinstance(value, str) else value
