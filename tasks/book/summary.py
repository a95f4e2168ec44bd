"""The ledger's first sheet: what the month came to, on one page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from openpyxl import Workbook

from tasks.book.cells import COUNT, HOURS, MOMENT, SHARE, TEXT, Pen, Value, one, streamed
from tasks.book.month import Month
from tasks.book.tally import Figures, Spread, share
from tasks.book.words import SUMMARY, Words

MODES = {"practice": "연습 (실제 시민의 글이 아닙니다)", "live": "실제 운영"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What the first page says of the ledger itself; `made_at` in UTC."""

    city: str
    mode: str
    month: Month
    made_at: datetime
    complete: bool  # whether the month was over

    def title(self) -> str:
        practice = "[연습] " if self.mode == "practice" else ""
        return f"{practice}{self.city} 소통 대장 {self.month.year}년 {self.month.month}월"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the summary; `note` says how it is counted."""

    label: str
    number_format: str
    value: Callable[[Figures], Value]
    note: str = ""


def _spread(what: str, spread: Callable[[Figures], Spread]) -> tuple[Item, ...]:
    return (
        Item(f"{what} 중앙값(시간)", HOURS, lambda f: spread(f).median()),
        Item(f"{what} 평균(시간)", HOURS, lambda f: spread(f).mean()),
        Item(f"{what} 90%(시간)", HOURS, lambda f: spread(f).p90(), "열에 아홉은 이 시간 안"),
    )


SECTIONS: dict[str, tuple[Item, ...]] = {
    "건수": (
        Item("접수", COUNT, lambda f: f.all.received, "이 달에 시민이 쓴 글로 열린 건"),
        Item("긴급", COUNT, lambda f: f.urgent),
        Item("첫 회신", COUNT, lambda f: f.all.first_replied),
        Item("답변", COUNT, lambda f: f.all.answered, "기관이 답변을 확정한 건"),
        Item("답변 전달", COUNT, lambda f: f.all.replied, "시민의 글에 답글이 달린 건"),
        Item(
            "기한 경과", COUNT, lambda f: f.all.overdue, "기한 뒤에 답했거나, 아직 답하지 못한 건"
        ),
        Item(
            "기한 경과 비율",
            SHARE,
            lambda f: share(f.all.overdue, f.all.with_due),
            "기한이 있는 건 가운데",
        ),
        Item("반려(회)", COUNT, lambda f: f.all.hand_backs, "기관이 소통팀에 되돌린 횟수"),
    ),
    "어디서 와서 어디로 가나": (
        Item("개인 계정으로 온 건", COUNT, lambda f: f.personal, "시장 개인 계정"),
        Item("개인 계정 비율", SHARE, lambda f: share(f.personal, f.all.received), "접수 가운데"),
        Item("자치구로 간 건", COUNT, lambda f: f.to_districts, "담당 기관이 자치구인 건"),
        Item(
            "자치구 비율",
            SHARE,
            lambda f: share(f.to_districts, f.with_office),
            "담당 기관이 정해진 건 가운데",
        ),
    ),
    "누가 담당 기관을 정했나": (
        Item("기계가 결정", COUNT, lambda f: f.all.by_machine),
        Item("사람이 결정", COUNT, lambda f: f.all.by_person, "소통팀의 결정과 기관 사이의 이송"),
        Item("미결정", COUNT, lambda f: f.all.undecided),
        Item("표본", COUNT, lambda f: f.all.sampled, "기계가 확신했지만 사람에게도 물은 건"),
        Item("표본 중 기계가 맞음", COUNT, lambda f: f.all.right, "사람이 처음 정한 기관과 같음"),
        Item("표본 정확도", SHARE, lambda f: share(f.all.right, f.all.sampled)),
    ),
    "첫 회신까지": (
        *_spread("경과", lambda f: f.all.first_elapsed),
        *_spread("근무", lambda f: f.all.first_working),
    ),
    "답변까지": (
        *_spread("경과", lambda f: f.all.answer_elapsed),
        *_spread("근무", lambda f: f.all.answer_working),
    ),
}
NOTES = (
    "이 대장은 이 달에 접수된 건을 셉니다(도시의 시간대). 답변은 다음 달에 나갔어도 이 달에 넣습니다.",
    "경과 시간은 밤과 휴일을 모두 셉니다. 근무시간은 근무일 9시부터 18시까지, 점심시간을 뺍니다.",
    "내용에서 개인정보를 가렸습니다. 시민이 지운 글은 싣지 않습니다. 이 파일을 만든 뒤에 지운 글도 하루 안에 없애야 하니, 복사본을 두지 마세요.",
)


class Summary:
    """The first sheet. It is made first, so that it stands first, and written last."""

    def __init__(self, book: Workbook) -> None:
        self._sheet = streamed(book, SUMMARY, [30, 30, 60], one_page=True)

    def write(self, cover: Cover, figures: Figures, words: Words) -> None:
        sheet = self._sheet
        sheet.append([one(sheet, cover.title(), style="title")])
        for label, value, shown in self._about(cover, words):
            self._line(label, value, shown)
        for section, items in SECTIONS.items():
            sheet.append([])
            sheet.append([one(sheet, text, style="head") for text in (section, "값", "설명")])
            for item in items:
                self._line(item.label, item.value(figures), item.number_format, item.note)
        sheet.append([])
        for note in NOTES:
            sheet.append([one(sheet, note, style="plain")])

    def _about(self, cover: Cover, words: Words) -> Sequence[tuple[str, Value, str]]:
        state = "끝난 달" if cover.complete else "아직 끝나지 않은 달 (만든 때까지의 기록)"
        return (
            ("도시", cover.city, TEXT),
            ("달", str(cover.month), TEXT),
            ("상태", state, TEXT),
            ("모드", MODES[cover.mode], TEXT),
            ("만든 때", words.local(cover.made_at), MOMENT),
            ("시간대", words.tz.key, TEXT),
        )

    def _line(self, label: str, value: Value, shown: str, note: str = "") -> None:
        pens = (
            Pen(self._sheet, TEXT),
            Pen(self._sheet, shown, "left"),
            Pen(self._sheet, TEXT, "note"),
        )
        self._sheet.append(
            [pen.write(cell) for pen, cell in zip(pens, (label, value, note), strict=True)]
        )
