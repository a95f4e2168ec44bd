"""Each rule beyond the schema, with the smallest alert that breaks it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from cap.check import accept
from cap.model import Alert, CapRefused, MessageType, Resource, Scope, Status
from cap.read import read
from cap.rules import BROADCAST_RULES, RULES, rule_faults
from cap.write import write
from tests.cap.alerts import (
    AT,
    SENT,
    SQUARE,
    about,
    an_alert,
    an_area,
    an_info,
    an_update,
    code,
    english,
    within,
)

ALL = (*RULES, *BROADCAST_RULES)


def broken(alert: Alert, at: datetime = AT) -> dict[str, str]:
    """Rule → element, of what is wrong; the schema has nothing against the file."""
    alert = read(write(alert))
    return {fault.rule: fault.element for fault in rule_faults(alert, at=at, rules=ALL)}


def both(**changes: object) -> Alert:
    """A Korean info, and an English one that differs in this too."""
    return an_alert(infos=(an_info(), english(**changes)))


def a_picture(**changes: object) -> Alert:
    picture = Resource(resource_desc="지도", mime_type="image/png")
    return about(resources=(replace(picture, **changes),))  # type: ignore[arg-type]


def mine(references: str) -> Alert:
    return an_update(references=references)


EARLIER = "a@b.example,1,2026-12-03T13:00:00+09:00"
LATER = "a@b.example,1,2026-12-03T14:31:00+09:00"
ITSELF = "alert@weather.example,KR-2026-12-3,2026-12-03T14:30:00+09:00"
HOUR = timedelta(hours=1)

#: rule, element, an alert that breaks it and nothing else
BREAKS: Sequence[tuple[str, str, Alert]] = [
    ("identifier_plain", "alert/identifier", an_alert(identifier="a,b")),
    ("identifier_plain", "alert/identifier", an_alert(identifier="a b")),
    ("identifier_plain", "alert/identifier", an_alert(identifier="a<b")),
    ("identifier_plain", "alert/identifier", an_alert(identifier="a&b")),
    ("identifier_plain", "alert/identifier", an_alert(identifier="a\u00a0b")),
    ("identifier_plain", "alert/identifier", an_alert(identifier="\n a")),
    ("identifier_plain", "alert/identifier", an_alert(identifier="")),
    ("sender_plain", "alert/sender", an_alert(sender="기상청 서울")),
    ("sender_plain", "alert/sender", an_alert(sender="a,b")),
    ("sender_plain", "alert/sender", an_alert(sender="")),
    ("name_length", "alert/identifier", an_alert(identifier="x" * 201)),
    ("references_needed", "alert/references", an_update(references=None)),
    ("references_needed", "alert/references", an_update(references=" ")),
    ("references_needed", "alert/references", an_alert(msg_type=MessageType.CANCEL)),
    ("references_form", "alert/references", mine("a@b.example,1")),
    ("references_form", "alert/references", mine(f"{EARLIER} 2")),
    ("references_form", "alert/references", mine("a,1,2026-12-03T04:00:00Z")),
    ("references_form", "alert/references", mine("a,1,2026-02-30T04:00:00+09:00")),
    ("references_form", "alert/references", mine(",1,2026-12-03T13:00:00+09:00")),
    ("references_form", "alert/references", mine("a,b,1,2026-12-03T13:00:00+09:00")),
    ("references_itself", "alert/references", mine(ITSELF)),
    ("references_itself", "alert/references", mine(f"{EARLIER} {ITSELF}")),
    ("references_future", "alert/references", mine(LATER)),
    ("references_twice", "alert/references", mine(f"{EARLIER} {EARLIER}")),
    ("sent_future", "alert/sent", an_alert(sent=SENT + timedelta(minutes=4))),
    ("info_needed", "alert/info", an_alert(infos=())),
    ("info_needed", "alert/info", an_update(infos=())),
    ("not_blank", "alert/info/headline", about(headline="")),
    ("not_blank", "alert/info/description", about(description=" \n")),
    ("not_blank", "alert/info/instruction", about(instruction="\u3000")),
    ("not_blank", "alert/info/area/geocode/valueName", within(geocodes=(code("1", ""),))),
    ("not_blank", "alert/info/parameter/valueName", about(parameters=(code("1", " "),))),
    ("not_blank", "alert/info/resource/mimeType", a_picture(mime_type="")),
    ("language_twice", "alert/info[2]/language", both(language="KO-kr", event="침수")),
    (
        "texts_differ",
        "alert/info/description",
        about(headline="물이  찼다", description="물이 찼다"),
    ),
    ("texts_differ", "alert/info/instruction", about(headline="나가세요", instruction="나가세요 ")),
    ("texts_differ", "alert/info/instruction", about(description="GO", instruction="go")),
    ("same_categories", "alert/info[2]/category", both(categories=("Met", "Geo"))),
    ("same_event", "alert/info[2]/event", both(event_codes=(code("flood"),))),
    ("same_judgement", "alert/info[2]/urgency", both(urgency="Expected")),
    ("same_judgement", "alert/info[2]/severity", both(severity="Minor")),
    ("same_judgement", "alert/info[2]/certainty", both(certainty="Likely")),
    ("same_times", "alert/info[2]/expires", both(expires=SENT + HOUR)),
    ("same_times", "alert/info[2]/expires", both(expires=None)),
    ("same_times", "alert/info[2]/onset", both(onset=SENT)),
    ("same_area", "alert/info[2]/area", both(areas=(an_area(polygons=()),))),
    ("same_area", "alert/info[2]/area", both(areas=())),
    ("onset_before_expires", "alert/info/onset", about(onset=SENT + 9 * HOUR)),
    ("expires_after_effective", "alert/info/expires", about(effective=SENT + 4 * HOUR)),
    ("web_address", "alert/info/web", about(web="javascript:alert(1)")),
    ("web_address", "alert/info/web", about(web="file:///etc/passwd")),
    ("web_address", "alert/info/web", about(web="seoul.example")),
    ("web_address", "alert/info/web", about(web="https:///x")),
    ("web_address", "alert/info/resource/uri", a_picture(uri="data:text/html,x")),
    ("digest_form", "alert/info/resource/digest", a_picture(digest="abc")),
    ("polygon_points", "alert/info/area/polygon", within(polygons=("0,0 0,1 0,0",))),
    ("polygon_points", "alert/info/area/polygon", within(polygons=("0,0 0,1 1 1 0,0",))),
    ("polygon_points", "alert/info/area/polygon", within(polygons=("0,0 0,nan 1,1 0,0",))),
    ("polygon_points", "alert/info/area/polygon", within(polygons=("0,0 0,1e1 1,1 0,0",))),
    ("polygon_points", "alert/info/area/polygon", within(polygons=("",))),
    ("polygon_points", "alert/info/area/polygon[2]", within(polygons=(SQUARE, "x"))),
    ("polygon_length", "alert/info/area/polygon", within(polygons=("0,0 " * 5_001,))),
    ("polygon_closed", "alert/info/area/polygon", within(polygons=("0,0 0,1 1,1 1,0",))),
    ("polygon_range", "alert/info/area/polygon", within(polygons=("0,0 91,1 1,1 0,0",))),
    ("polygon_range", "alert/info/area/polygon", within(polygons=("0,0 0,181 1,1 0,0",))),
    ("polygon_simple", "alert/info/area/polygon", within(polygons=("0,0 1,1 0,1 1,0 0,0",))),
    ("polygon_simple", "alert/info/area/polygon", within(polygons=("0,0 0,1 0,2 0,0",))),
    ("polygon_simple", "alert/info/area/polygon", within(polygons=("0,0 0,0 0,0 0,0",))),
    ("circle_form", "alert/info/area/circle", within(circles=("37.5,127",))),
    ("circle_form", "alert/info/area/circle", within(circles=("37.5,127 5km",))),
    ("circle_form", "alert/info/area/circle", within(circles=("37.5,127 inf",))),
    ("circle_range", "alert/info/area/circle", within(circles=("127,37.5 5",))),
    ("circle_radius", "alert/info/area/circle", within(circles=("37.5,127 -5",))),
    ("circle_radius", "alert/info/area/circle", within(circles=("37.5,127 20039",))),
    ("ceiling_altitude", "alert/info/area/ceiling", within(ceiling=Decimal(9))),
    ("ceiling_above", "alert/info/area/ceiling", within(ceiling=Decimal(9), altitude=Decimal(10))),
    ("status_broadcast", "alert/status", an_alert(status=Status.TEST)),
    ("status_broadcast", "alert/status", an_alert(status=Status.DRAFT)),
    ("status_broadcast", "alert/status", an_alert(status=Status.SYSTEM)),
    ("type_broadcast", "alert/msgType", an_update(msg_type=MessageType.ACK)),
    ("type_broadcast", "alert/msgType", an_update(msg_type=MessageType.ERROR, note="broken")),
    ("scope_broadcast", "alert/scope", an_alert(scope=Scope.RESTRICTED, restriction="경찰")),
    ("scope_broadcast", "alert/scope", an_alert(scope=Scope.PRIVATE, addresses="a@b.example")),
    ("korean_needed", "alert/info/language", an_alert(infos=(english(),))),
    ("hazard_known", "alert/info/event", about(event="우주 쓰레기")),
    ("hazard_known", "alert/info/event", about(event="지진해일")),
    ("hazard_one", "alert/info/event", about(event="호우와 폭염")),
]

#: the same where one mistake cannot be made without another
BREAK_TOGETHER: Sequence[tuple[str, str, Alert]] = [
    ("restriction_needed", "alert/restriction", an_alert(scope=Scope.RESTRICTED)),
    ("restriction_needed", "alert/restriction", an_alert(scope=Scope.RESTRICTED, restriction=" ")),
    ("addresses_needed", "alert/addresses", an_alert(scope=Scope.PRIVATE)),
    ("error_note", "alert/note", an_update(msg_type=MessageType.ERROR)),
    ("references_needed", "alert/references", an_alert(msg_type=MessageType.ACK)),
    ("references_needed", "alert/references", an_alert(msg_type=MessageType.ERROR)),
    ("not_blank", "alert/info/event", about(event=" ")),
    ("language_fits", "alert/info/language", about(language=None)),
    ("language_fits", "alert/info/language", about(language="en-GB")),
    ("same_event", "alert/info[2]/event", both(event="Earthquake")),
    ("expires_after_sent", "alert/info/expires", about(expires=SENT - HOUR)),
    ("not_expired", "alert/info/expires", about(expires=SENT - HOUR)),
]


@pytest.mark.parametrize(("rule", "element", "alert"), BREAKS)
def test_a_rule_is_broken_by_its_own_mistake_and_no_other_is(
    rule: str, element: str, alert: Alert
) -> None:
    assert broken(alert) == {rule: element}


@pytest.mark.parametrize(("rule", "element", "alert"), BREAK_TOGETHER)
def test_a_mistake_that_comes_with_others_is_named_too(
    rule: str, element: str, alert: Alert
) -> None:
    assert broken(alert)[rule] == element


def test_every_rule_of_both_tables_is_tested_here() -> None:
    tested = {rule for rule, _, _ in (*BREAKS, *BREAK_TOGETHER)}
    assert tested == {rule.name for rule in ALL}


SOUND: Sequence[Alert] = [
    an_alert(),
    both(),
    an_update(),
    mine(f"{EARLIER}\n  a@b.example,2,2026-12-03T03:00:00-00:00"),
    an_update(msg_type=MessageType.CANCEL, infos=()),
    an_alert(status=Status.EXERCISE, note="12월 훈련"),
    an_alert(sent=SENT + timedelta(minutes=2)),
    about(effective=SENT - HOUR, onset=SENT - 2 * HOUR),
    about(headline=None, description=None, instruction=None),
    about(areas=()),
    within(circles=("37.5,127.0 0", "37.5,127 20038", "-90,-180 .5")),
    within(polygons=("+37.5,127. 37.5,127.1 37.6,127.1 37.5,127.0",)),
    within(altitude=Decimal(0), ceiling=Decimal(100)),
    a_picture(uri="https://seoul.example/map.png", digest="0aF" * 13 + "1", size=9),
    both(event="something that no table knows"),
    an_alert(infos=(an_info(), english(language="ja-JP"), english(language="zh-CN"))),
    about(event="지진으로 인한 화재", categories=("Fire",)),
]


@pytest.mark.parametrize("alert", SOUND)
def test_what_is_sound_breaks_no_rule(alert: Alert) -> None:
    assert broken(alert) == {}


def test_a_cancel_of_something_that_is_over_is_not_too_late() -> None:
    cancel = an_update(msg_type=MessageType.CANCEL)
    assert "not_expired" not in broken(cancel, at=SENT + 9 * HOUR)
    assert broken(an_alert(), at=SENT + 9 * HOUR) == {"not_expired": "alert/info/expires"}


def test_every_broken_rule_is_told_at_once() -> None:
    alert = within(polygons=("0,0 0,1 1,1 1,0",), circles=("x",))
    alert = replace(alert, identifier="a b", msg_type=MessageType.UPDATE, status=Status.TEST)
    with pytest.raises(CapRefused) as refused:
        accept(write(alert), at=AT)
    assert [why.rule for why in refused.value.whys] == [
        "identifier_plain",
        "references_needed",
        "polygon_closed",
        "circle_form",
        "status_broadcast",
    ]


def test_a_fault_quotes_what_was_found_and_says_what_would_be_right() -> None:
    [fault] = rule_faults(within(polygons=("0,0 0,1 1,1 1,0",)), at=AT)
    assert str(fault) == (
        "alert/info/area/polygon: 닫히지 않았습니다. 첫 점(0,0)으로 끝나야 합니다. (polygon_closed)"
    )


def test_a_quotation_is_never_taken_for_a_part_of_the_sentence() -> None:
    [fault] = rule_faults(an_alert(identifier="{} {0.__class__}"), at=AT)
    assert fault.said.startswith("‘{} {0.__class__}’: ")


def test_an_unknown_event_is_answered_with_the_words_that_are_known() -> None:
    [fault] = rule_faults(about(event="눈사태"), at=AT, rules=BROADCAST_RULES)
    assert "‘눈사태’" in fault.said
    assert all(word in fault.said for word in ("침수", "폭설", "blackout", "crowd"))


def test_the_clock_is_an_argument() -> None:
    assert broken(an_alert(), at=datetime(2026, 12, 3, 5, 27, tzinfo=UTC)) == {
        "sent_future": "alert/sent"
    }
