"""What we give out is sound CAP, says what the bulletin says, and comes back as the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cap.check import accept
from cap.inward import Standing, draft_of
from cap.model import (
    Alert,
    Area,
    CapRefused,
    Fault,
    Info,
    MessageType,
    Named,
    Resource,
    Scope,
    Status,
)
from cap.outward import Outgoing, cap_file
from cap.read import read
from cap.references import Reference, incidents, references
from cap.rules import RULES, rule_faults
from cap.write import write
from registry.load import load
from registry.model import Registry
from rules.bulletin import BulletinKind, Content, Hazard, Language, Words
from tests.cap.alerts import SQUARE

ZONE = ZoneInfo("Asia/Seoul")
SENT = datetime(2026, 12, 3, 14, 30, tzinfo=ZONE)
EARLIER = (
    Reference("cap@seoul.example", "seoul-1", SENT - timedelta(hours=2)),
    Reference("cap@seoul.example", "seoul-2", SENT - timedelta(hours=1)),
)
L, K = Language, BulletinKind


@pytest.fixture(scope="module")
def seoul() -> Registry:
    return load(Path(__file__).parents[2] / "registry" / "seoul")


def content(**changes: Any) -> Content:
    exercise = changes.get("exercise", False)
    return Content(
        **{
            "marker": f"[서울 {'훈련' if exercise else '재난'} 2026-12-3]",
            "kind": K.ALERT,
            "hazard": Hazard.FLOOD,
            "exercise": exercise,
            "city": "서울특별시",
            "texts": {
                L.KO: Words(act_now="지하에서 즉시 나오세요.", description="도로가 잠겼습니다."),
                L.EN: Words(act_now="Leave basements at once.", description="Roads are flooded."),
                L.ZH: Words(act_now="请立即离开地下空间。", description="道路被淹。"),
                L.JA: Words(act_now="すぐに地下から出てください。", description="道路が冠水。"),
            },
            "areas": {L.KO: "강남구", L.EN: "Gangnam-gu", L.ZH: "江南区", L.JA: "江南区"},
            "event_tag": "서울침수",
            "report_tag": "서울침수제보",
            "page": "https://seoul.example/e/1",
            "expires_at": datetime(2026, 12, 3, 11, 30, 15, 999, tzinfo=UTC),
            **changes,
        }
    )


def outgoing(said: Content | None = None, **changes: Any) -> Outgoing:
    said = said or content()
    out = Outgoing(
        content=said,
        identifier="seoul-3",
        sender="cap@seoul.example",
        sent=SENT,
        event="D2026-1",
        references=() if said.kind is K.ALERT else EARLIER,
        districts=("gangnam",),
        contact="02-120",
    )
    return replace(out, **changes)


def test_a_bulletin_has_an_info_for_each_language_in_order() -> None:
    alert = read(cap_file(outgoing()))
    assert [info.language for info in alert.infos] == ["ko-KR", "en-US", "zh-CN", "ja-JP"]
    assert [info.event for info in alert.infos] == ["침수", "Flood", "内涝", "浸水"]
    english = alert.infos[1]
    assert english.headline == "Gangnam-gu Flood [서울 재난 2026-12-3 EN]"
    assert english.instruction == "Leave basements at once."
    assert english.description == "Roads are flooded."
    assert english.web == "https://seoul.example/e/1"
    assert english.expires == datetime(2026, 12, 3, 20, 30, 15, tzinfo=ZONE)


def test_the_file_says_times_in_the_zone_of_its_sending() -> None:
    file = cap_file(outgoing()).decode()
    assert "<sent>2026-12-03T14:30:00+09:00</sent>" in file
    assert "<expires>2026-12-03T20:30:15+09:00</expires>" in file
    utc = cap_file(outgoing(sent=SENT.astimezone(UTC))).decode()
    assert "<sent>2026-12-03T05:30:00-00:00</sent>" in utc


def test_the_same_bulletin_gives_the_same_bytes() -> None:
    assert cap_file(outgoing()) == cap_file(outgoing())


def test_a_real_bulletin_is_actual_and_an_exercise_says_so_throughout() -> None:
    real = read(cap_file(outgoing()))
    drill = read(cap_file(outgoing(content(exercise=True))))
    assert (real.status, real.note) == (Status.ACTUAL, None)
    assert drill.status is Status.EXERCISE
    assert drill.note is not None
    assert "모의훈련" in drill.note
    for info, sign in zip(
        drill.infos, ["[모의훈련]", "[EXERCISE]", "[演习]", "[訓練]"], strict=True
    ):
        assert info.headline is not None
        assert info.headline.startswith(sign)


@pytest.mark.parametrize(
    ("kind", "sent_as", "judged", "response"),
    [
        (K.ALERT, MessageType.ALERT, ("Immediate", "Severe", "Observed"), "Avoid"),
        (K.UPDATE, MessageType.UPDATE, ("Immediate", "Severe", "Observed"), "Avoid"),
        (K.CORRECTION, MessageType.UPDATE, ("Immediate", "Severe", "Observed"), "Avoid"),
        (K.CANCEL, MessageType.CANCEL, ("Past", "Minor", "Unlikely"), "None"),
        (K.ALL_CLEAR, MessageType.UPDATE, ("Past", "Minor", "Observed"), "AllClear"),
    ],
)
def test_each_kind_is_sent_as_what_cap_calls_it(
    kind: BulletinKind, sent_as: MessageType, judged: tuple[str, str, str], response: str
) -> None:
    alert = read(cap_file(outgoing(content(kind=kind))))
    assert alert.msg_type is sent_as
    for info in alert.infos:
        assert (info.urgency, info.severity, info.certainty) == judged
        assert info.response_types[0] == response


def test_a_correction_refers_to_every_message_that_stands() -> None:
    alert = read(cap_file(outgoing(content(kind=K.CORRECTION))))
    assert references(alert) == EARLIER
    assert incidents(alert) == ("D2026-1",)


@pytest.mark.parametrize(("hazard", "kind", "exercise"), list(product(Hazard, K, [False, True])))
def test_every_hazard_and_kind_makes_a_file_that_comes_back_as_the_same_form(
    hazard: Hazard, kind: BulletinKind, exercise: bool, seoul: Registry
) -> None:
    said = content(hazard=hazard, kind=kind, exercise=exercise)
    file = cap_file(outgoing(said, polygon=SQUARE))
    standing = Standing(number="D2026-1", hazard=hazard, exercise=exercise)
    form = draft_of(
        accept(file, at=SENT),
        seoul,
        submitted_by="chief@seoul.example",
        at=SENT,
        standing=None if kind is K.ALERT else standing,
    ).form
    assert (form.hazard, form.kind, form.exercise) == (hazard, kind, exercise)
    assert form.districts == ["gangnam"]
    assert len(form.polygon.split()) == len(SQUARE.split())
    for language, words in said.texts.items():
        assert form.words(language).act_now == words.act_now
        assert words.description in form.words(language).description
        assert "2026-12-3" not in form.words(language).description


def test_a_bulletin_for_the_whole_city_comes_back_as_one(seoul: Registry) -> None:
    said = content(
        texts={L.KO: Words(act_now="나오세요.", description="잠겼습니다.")},
        areas={L.KO: "서울특별시"},
    )
    alert = accept(cap_file(outgoing(said, districts=())), at=SENT)
    assert draft_of(alert, seoul, submitted_by="a@b.example", at=SENT).form.districts == []


@pytest.mark.parametrize("description", ["", " \n", "지하에서  즉시 나오세요."])
def test_a_description_that_says_nothing_more_is_left_out(description: str) -> None:
    texts = {
        L.KO: Words.model_construct(act_now="지하에서 즉시 나오세요.", description=description)
    }
    [info] = read(cap_file(outgoing(content(texts=texts, areas={L.KO: "강남구"})))).infos
    assert info.description is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"identifier": "a b"}, "identifier_plain"),
        ({"sender": "a,b"}, "sender_plain"),
        ({"references": EARLIER[:1] * 2}, "references_twice"),
        ({"polygon": "0,0 0,1 1,1 1,0"}, "polygon_closed"),
        ({"content": content(kind=K.UPDATE), "references": ()}, "references_needed"),
        ({"content": content(page="seoul.example")}, "web_address"),
        ({"content": content(expires_at=SENT - timedelta(hours=1))}, "expires_after_sent"),
        ({"contact": "02\x00120"}, "characters"),
        (
            {"sent": SENT.replace(tzinfo=timezone(timedelta(hours=8, minutes=27, seconds=52)))},
            "schema",
        ),
    ],
)
def test_a_file_that_we_would_refuse_is_never_given_out(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(CapRefused) as refused:
        cap_file(outgoing(**changes))
    assert rule in {why.rule for why in refused.value.whys}


def test_markup_in_a_text_is_text() -> None:
    hostile = "]]> <b>&amp;</b> <!-- --> &x; \"'"
    texts = {L.KO: Words(act_now="나오세요.", description=hostile)}
    file = cap_file(outgoing(content(texts=texts, areas={L.KO: "강남구 <x>"})))
    [info] = read(file).infos
    assert info.description == hostile
    assert info.areas[0].area_desc == "강남구 <x>"


# Whatever is written is read back

LETTERS = st.characters(
    codec="utf-8", exclude_characters="\r\ufffe\uffff", exclude_categories=["Cc"]
)
TEXTS = st.text(st.one_of(LETTERS, st.sampled_from("\n\t <&>\"']")), min_size=1, max_size=30)
SAID = TEXTS.filter(str.strip)
WORDS = st.text(
    st.characters(
        codec="utf-8", exclude_characters=",<&\ufffe\uffff", exclude_categories=["Cc", "Z"]
    ),
    min_size=1,
    max_size=30,
)
TIMES = st.datetimes(
    datetime(2001, 1, 1),
    datetime(2099, 1, 1),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
).map(lambda at: at.replace(microsecond=0))
NAMED = st.lists(st.builds(Named, SAID, TEXTS), max_size=2).map(tuple)
HEIGHTS = st.decimals(min_value=-100, max_value=100, allow_nan=False)
AREAS = st.builds(
    Area,
    area_desc=SAID,
    polygons=st.sampled_from([(), (SQUARE,), (SQUARE, "0,0 0,1 1,1 0,0")]),
    circles=st.sampled_from([(), ("37.5,127 3",)]),
    geocodes=NAMED,
    altitude=HEIGHTS,
    ceiling=st.none() | st.decimals(min_value=Decimal(101), max_value=999, allow_nan=False),
)
RESOURCES = st.builds(
    Resource,
    resource_desc=SAID,
    mime_type=st.just("image/png"),
    size=st.none() | st.integers(0, 10**12),
    uri=st.just("https://seoul.example/a.png?b=1&c=2"),
    deref_uri=st.none() | TEXTS,
    digest=st.none() | st.just("0" * 40),
)
MAYBE = st.none() | SAID


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    sent = draw(TIMES)
    info = Info(
        categories=tuple(draw(st.sets(st.sampled_from(["Met", "Geo", "CBRNE"]), min_size=1))),
        event=draw(SAID),
        urgency="Past",
        severity="Minor",
        certainty="Likely",
        language="ko-KR",
        response_types=draw(st.sampled_from([(), ("None",), ("Avoid", "Monitor")])),
        audience=draw(MAYBE),
        event_codes=draw(NAMED),
        effective=draw(st.none() | st.just(sent)),
        onset=draw(st.none() | st.just(sent)),
        expires=draw(st.none() | st.just(sent + timedelta(hours=1))),
        sender_name=draw(MAYBE),
        headline=draw(st.none() | SAID.map("a{}".format)),
        description=draw(st.none() | SAID.map("b{}".format)),
        instruction=draw(st.none() | SAID.map("c{}".format)),
        web=draw(st.none() | st.just("https://seoul.example/")),
        contact=draw(MAYBE),
        parameters=draw(NAMED),
        resources=tuple(draw(st.lists(RESOURCES, max_size=1))),
        areas=tuple(draw(st.lists(AREAS, max_size=2))),
    )
    return Alert(
        identifier=draw(WORDS),
        sender=draw(WORDS),
        sent=sent,
        status=draw(st.sampled_from(Status)),
        msg_type=draw(st.sampled_from(MessageType)),
        scope=draw(st.sampled_from(Scope)),
        source=draw(MAYBE),
        restriction=draw(SAID),
        addresses="a@b.example",
        codes=tuple(draw(st.lists(TEXTS, max_size=2))),
        note=draw(SAID),
        references=str(Reference("another@b.example", "1", sent)),
        incidents=draw(MAYBE),
        infos=(info, replace(info, language="ja")),
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(alerts())
def test_whatever_sound_alert_is_written_is_read_back_equal_and_breaks_no_rule(
    alert: Alert,
) -> None:
    back = read(write(alert))
    assert back == alert
    assert write(back) == write(alert)
    assert rule_faults(back, at=alert.sent, rules=RULES) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    act_now=st.text(st.characters(codec="utf-8"), max_size=60),
    description=st.text(st.characters(codec="utf-8"), max_size=200),
    area=st.text(st.characters(codec="utf-8"), max_size=30),
)
def test_whatever_a_bulletin_says_its_file_is_sound_or_refused_with_a_reason(
    act_now: str, description: str, area: str
) -> None:
    texts = {L.KO: Words.model_construct(act_now=act_now, description=description)}
    try:
        file = cap_file(outgoing(content(texts=texts, areas={L.KO: area})))
    except CapRefused as error:
        refused = error
    else:
        assert rule_faults(read(file), at=SENT) == []
        return
    assert all(why.said and why.rule for why in refused.whys)


SPOILING = st.sampled_from(
    [
        "",
        "<x/>",
        "<info>",
        "</info>",
        "<",
        "&#38;",
        "xsi:type='x'",
        "\ufeff",
        "<!---->",
        "2",
        "a='b'",
        "<?x?>",
        "<![CDATA[]]>",
        " xmlns='urn:x'",
        "-",
        "9" * 400,
        "<event>x</event>",
        "\u202e",
        "]]>",
    ]
)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 60), SPOILING), max_size=4))
def test_a_spoiled_file_is_read_or_refused_and_never_breaks_the_reader(
    spoils: list[tuple[int, int, str]],
) -> None:
    text = cap_file(outgoing()).decode()
    for place, length, spoil in spoils:
        text = text[:place] + spoil + text[place + length :]
    assert all(fault.said and fault.rule for fault in faults_of(text))


def faults_of(text: str) -> Sequence[Fault]:
    try:
        return rule_faults(read(text.encode()), at=SENT)
    except CapRefused as refused:
        return refused.whys
