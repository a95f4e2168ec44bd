"""What a post is, and whether it is urgent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.kind import DISMISS, kind_of, urgency_of
from rules.kind import NEEDS_ANSWER, Kind, Urgency


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("버스 배차간격이 너무 길어요. 왜 이렇게 안 오나요", Kind.COMPLAINT),
        ("공사장 소음 때문에 못 살겠어요 단속해주세요 감사합니다", Kind.COMPLAINT),
        ("불법 대출 광고 현수막 좀 철거해주세요", Kind.COMPLAINT),
        ("신호등이 꺼져 있어요 사거리", Kind.TIP),
        ("맨홀 뚜껑이 깨졌습니다 사진 보세요", Kind.TIP),
        ("따릉이 대여소를 우리 동네에도 설치하면 좋겠습니다", Kind.SUGGESTION),
        ("도서관 운영시간이 어떻게 되나요?", Kind.QUESTION),
        ("어제 신고한 가로등 바로 고쳐주셔서 감사합니다!", Kind.THANKS),
        ("오늘 날씨 너무 좋네요 한강에서 치맥 하고 싶다 ㅎㅎ", Kind.CHATTER),
        ("야이 개새끼들아 꺼져라", Kind.ABUSE),
        ("ㅅㅂ 지랄하네", Kind.ABUSE),
        ("당일대출 무이자 카톡상담 클릭 http://a.example", Kind.ADVERTISING),
    ],
)
def test_a_post_is_of_the_kind_its_words_say(text: str, kind: Kind) -> None:
    guess = kind_of(text)
    assert guess.kind is kind
    assert guess.words


@pytest.mark.parametrize(
    "text",
    [
        "야이 개새끼들아 꺼져라",
        "당일대출 무이자 카톡상담 클릭 http://a.example",
        "어제 신고한 일 바로 고쳐주셔서 감사합니다! 덕분에 살았어요 최고예요",
    ],
)
def test_what_needs_no_answer_is_dismissed_when_sure(text: str) -> None:
    assert kind_of(text).dismissed


@pytest.mark.parametrize(
    "text",
    [
        "시발 이놈의 신호등 언제 고쳐 도로 파손도 심하고 위험하잖아",
        "감사합니다만 쓰레기는 그대로예요. 다시 치워주세요",
        "ㅋㅋ 버스가 또 안 와요",
        "",
        "🔥",
        "물 안 나옴",
    ],
)
def test_a_post_that_may_need_an_answer_is_never_dismissed(text: str) -> None:
    assert not kind_of(text).dismissed


def test_words_are_shown_as_people_write_them() -> None:
    assert "ㅋㅋ" in kind_of("심심하다 ㅋㅋㅋㅋ").words


@given(st.text(max_size=100))
def test_any_text_has_a_kind_and_a_probability(text: str) -> None:
    guess = kind_of(text)
    assert 0 < guess.confidence <= 1
    assert guess.dismissed == (guess.kind not in NEEDS_ANSWER and guess.idle >= DISMISS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("옆 건물에서 연기가 나요 빨리요", "불·폭발"),
        ("골목에서 가스 냄새가 심해요", "가스 누출"),
        ("옹벽이 무너지고 있어요", "붕괴·함몰"),
        ("전선이 끊어져서 늘어져 있어요", "전기"),
        ("엘리베이터에 갇혔어요", "사람이 갇힘"),
        ("지하차도에 물이 차오르고 있어요", "물이 차오름"),
        ("인파가 너무 많아 사람들이 밀려 위험해요", "인파"),
        ("사거리 신호등이 다 꺼졌어요", "신호등 꺼짐"),
        ("할머니 한 분이 길에 쓰러져 계세요", "사람이 다침"),
        ("맨홀 뚜껑이 열려 있어요", "뚜껑 없는 맨홀"),
    ],
)
def test_danger_to_life_is_urgent_and_says_why(text: str, reason: str) -> None:
    guess = urgency_of(text)
    assert (guess.urgency, guess.reason) == (Urgency.URGENT, reason)
    assert guess.words[0] in text


@pytest.mark.parametrize(
    "text",
    [
        "화재 예방 교육은 어디서 신청하나요",
        "작년에 담장이 무너졌던 곳인데 대책이 있나요",
        "도서관 운영시간이 어떻게 되나요?",
        "가스 요금이 올랐어요",
        "",
    ],
)
def test_talk_of_danger_is_not_urgent(text: str) -> None:
    assert urgency_of(text).urgency is Urgency.NORMAL


def test_talk_of_danger_that_is_there_now_is_urgent() -> None:
    assert urgency_of("작년처럼 담장이 무너졌어요 지금 위험해요").urgency is Urgency.URGENT
