"""One matter, however many say it; two matters, however alike they look."""

from datetime import datetime, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from rules.similar import (
    Matter,
    ThreadPost,
    find_same,
    said_again,
    same_matter,
    same_thread,
)

NOON = datetime(2026, 9, 28, 12, tzinfo=ZoneInfo("Asia/Seoul"))

SAME = [
    (
        "홍대입구역 9번 출구 앞 횡단보도 신호등이 꺼져 있어요. 빨리 고쳐주세요",
        "홍대입구역 9번 출구 앞 횡단보도 신호등이 꺼져있습니다 빨리 고쳐 주세요!!",
    ),
    (
        "성산로 연세대 정문 앞 도로에 큰 구멍이 났습니다. 차가 덜컹거려요",
        "[사진] 성산로 연세대 정문 앞 도로에 큰 구멍이 났습니다. 차가 덜컹거려요 @seoulmania",
    ),
    (
        "여의도 한강공원 물놀이장 옆 화장실 문이 부서졌네요 위험합니다",
        "여의도 한강공원 물놀이장 옆 화장실 문 부서졌어요. 위험합니다.",
    ),
    (
        "사당역 환승통로 에스컬레이터 고장난 지 일주일째입니다",
        "사당역 환승통로 에스컬레이터가 고장난지 일주일째예요",
    ),
    (
        "노원역 앞 공사 소음이 밤 11시까지 계속됩니다",
        "RT @kim 노원역 앞 공사 소음이 밤 11시까지 계속됩니다 ㅠㅠ https://a.kr/1",
    ),
    (
        "ＳＥＯＵＬ 광장 잔디밭 스피커 소리가 너무 큽니다",
        "seoul광장 잔디밭 스피커소리가 너무 큽니다",
    ),
]

DIFFERENT = [
    (
        "홍대입구역 9번 출구 앞 횡단보도 신호등이 꺼져 있어요. 빨리 고쳐주세요",
        "홍대입구역 9번 출구 앞 횡단보도에 쓰레기가 쌓여 있어요. 빨리 치워주세요",
    ),
    ("홍대입구역 9번 출구 앞 신호등이 꺼져 있어요", "홍대입구역 2번 출구 앞 신호등이 꺼져 있어요"),
    ("143번 버스가 정류장을 그냥 지나쳤어요", "472번 버스가 정류장을 그냥 지나쳤어요"),
    ("신호등이 고장났어요 빨리 고쳐주세요", "가로등이 고장났어요 빨리 고쳐주세요"),
    (
        "불법주차 신고합니다. 어린이집 앞에 매일 차를 세워요",
        "불법주차 신고합니다. 소화전 앞에 매일 차를 세워요",
    ),
    (
        "여의도 한강공원 화장실 문이 부서졌네요 위험합니다",
        "여의도 한강공원 벤치가 부서졌네요 위험합니다",
    ),
    ("따릉이 반납이 안 돼요 도와주세요", "따릉이 대여가 안 돼요 도와주세요"),
    ("망원동 골목 쓰레기가 사흘째 안 치워졌어요", "망원동 골목 가로등이 사흘째 안 들어와요"),
    (
        "수돗물에서 녹물이 나와요 확인 부탁드립니다",
        "수돗물 요금이 두 배로 나왔어요 확인 부탁드립니다",
    ),
    ("", ""),
    ("@seoulmania", "@seoulmania https://a.kr"),
    ("ㅋㅋ", "네"),
]


def a_matter(
    id_: str = "1", text: str = SAME[0][0], place: str | None = "서교동", *, hours: float = 0
) -> Matter:
    return Matter(id=id_, text=text, place=place, at=NOON + timedelta(hours=hours))


@pytest.mark.parametrize(("a", "b"), SAME)
def test_one_matter_in_other_words_is_the_same(a: str, b: str) -> None:
    assert same_matter(a, b)
    assert same_matter(b, a)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_two_matters_that_look_alike_are_not_the_same(a: str, b: str) -> None:
    assert not same_matter(a, b)
    assert not same_matter(b, a)


def test_all_the_written_matters_stay_apart_from_each_other() -> None:
    for a, b in permutations([pair[0] for pair in SAME], 2):
        assert not same_matter(a, b)


def test_the_earliest_of_the_same_matter_is_found() -> None:
    candidates = [
        a_matter("late", hours=2),
        a_matter("early", hours=1),
        a_matter("other", "다른 일입니다"),
    ]
    assert find_same(SAME[0][1], "서교동", NOON, candidates) == "early"


def test_different_places_never_merge() -> None:
    candidates = [a_matter(place="합정동"), a_matter("2", place=None)]
    assert find_same(SAME[0][0], "서교동", NOON, candidates) is None
    assert find_same(SAME[0][0], None, NOON, [a_matter()]) is None


@pytest.mark.parametrize(
    ("text", "there", "place", "again"),
    [
        (SAME[0][0], None, "서교동", True),
        (SAME[0][0], "합정동", "서교동", False),
        ("신호등이 고장났어요", "서교동", "서교동", True),
        ("신호등이 고장났어요", None, "서교동", False),
    ],
)
def test_one_citizen_says_the_same_again_weeks_later_and_not_elsewhere(
    text: str, there: str | None, place: str | None, *, again: bool
) -> None:
    before = a_matter(text=text, place=there)
    assert said_again(before, a_matter("2", text, place=place, hours=24 * 40)) is again


def test_without_a_place_only_a_text_that_says_enough_merges() -> None:
    long, short = SAME[1][0], "신호등이 고장났어요"
    assert find_same(long, None, NOON, [a_matter(text=long, place=None)]) == "1"
    assert find_same(short, None, NOON, [a_matter(text=short, place=None)]) is None
    assert find_same(short, "서교동", NOON, [a_matter(text=short)]) == "1"


@pytest.mark.parametrize(("hours", "found"), [(24, "1"), (24.1, None), (-24, "1"), (-25, None)])
def test_the_same_matter_is_the_same_for_a_day(hours: float, found: str | None) -> None:
    assert find_same(SAME[0][0], "서교동", NOON, [a_matter(hours=hours)]) == found


def a_post(
    id_: str = "2",
    author: str = "gildong",
    network: str = "x",
    *,
    minutes: float = 0,
    reply_to: str | None = None,
    place: str | None = None,
) -> ThreadPost:
    return ThreadPost(
        id=id_,
        network=network,
        author=author,
        at=NOON + timedelta(minutes=minutes),
        reply_to=reply_to,
        place=place,
    )


@pytest.mark.parametrize(
    ("post", "joins"),
    [
        (a_post(minutes=10), True),
        (a_post(minutes=-10), True),  # networks do not always keep the order
        (a_post(minutes=10.1), False),
        (a_post(minutes=3, author="chunhyang"), False),
        (a_post(minutes=3, network="mastodon"), False),
        (a_post(minutes=60 * 24 * 3, reply_to="1"), True),
        (a_post(minutes=3, reply_to="99"), False),
        (a_post(minutes=3, reply_to="1", author="chunhyang"), False),
        (a_post(minutes=3, place="합정동"), False),
        (a_post(minutes=3, place="서교동"), True),
    ],
)
def test_what_one_citizen_says_in_a_row_is_one_case(post: ThreadPost, joins: bool) -> None:
    assert same_thread(a_post("1", place="서교동"), post) is joins
