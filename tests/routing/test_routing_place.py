"""Where a post is: names, what is around them, and coordinates."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.gazetteer import PlaceRow, read_places
from routing.place import Places, Source, distance
from tests.routing.small_corpus import PLACES, small_places

NEAR_GANGNAM_OFFICE = (37.5180, 127.0460)


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("역삼동 골목 보안등이 나갔어요", "gangnam"),
        ("역삼동에서 봤어요", "gangnam"),
        ("강남구청 앞 화단", "gangnam"),
        ("서울시강남구 어디쯤", "gangnam"),
        ("응암동,관악구가 아니라 응암동", None),
        ("어젯밤 버스가 안 왔어요", None),
    ],
)
def test_a_name_gives_its_district(text: str, district: str | None) -> None:
    assert small_places().find(text).district == district


def test_a_name_of_several_districts_stays_open() -> None:
    place = small_places().find("신사동 골목이 어두워요")
    assert place.district is None
    assert place.candidates == ("eunpyeong", "gangnam", "gwanak")
    assert place.words == ("신사동",)


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("은평구 신사동 골목이 어두워요", "eunpyeong"),
        ("신사동 가로수길이 지저분해요", "gangnam"),
        ("관악구 쪽 신사동이요", "gwanak"),
    ],
)
def test_another_name_settles_which_one_is_meant(text: str, district: str) -> None:
    assert small_places().find(text).district == district


def test_coordinates_settle_which_one_is_meant() -> None:
    place = small_places().find("신사동 골목이 어두워요", NEAR_GANGNAM_OFFICE)
    assert (place.district, place.source) == ("gangnam", Source.BOTH)


def test_coordinates_alone_are_enough() -> None:
    place = small_places().find("여기 보안등이 나갔어요", NEAR_GANGNAM_OFFICE)
    assert (place.district, place.source) == ("gangnam", Source.COORDINATES)


def test_a_full_name_and_coordinates_elsewhere_leave_both_open() -> None:
    place = small_places().find("응암동 보안등이 나갔어요", NEAR_GANGNAM_OFFICE)
    assert place.district is None
    assert place.candidates == ("eunpyeong", "gangnam")


def test_a_station_on_a_border_belongs_to_both_sides() -> None:
    assert small_places().find("강남역 앞이에요").candidates == ("gangnam", "seocho")


@pytest.mark.parametrize(
    "text",
    ["부산 강서구 도로가 패였어요", "대구 사는데 중구 도로가 패였어요", "인천광역시 중구입니다"],
)
def test_a_district_of_another_city_is_not_ours(text: str) -> None:
    assert small_places().find(text).district is None


def test_a_bare_name_that_other_cities_share_is_ours() -> None:
    assert small_places().find("중구 도로가 패였어요").district == "junggu"
    assert small_places().find("부산에서 왔는데 서울 중구 도로가 패였네요").district == "junggu"


@pytest.mark.parametrize("text", ["집중구역 단속", "합동 단속을 바랍니다", "역삼동네 소식"])
def test_a_part_of_a_word_or_an_everyday_word_is_no_place(text: str) -> None:
    assert small_places().find(text).district is None


def test_an_everyday_word_supports_the_district_named_with_it() -> None:
    assert small_places().find("서대문구 합동 골목").district == "seodaemun"


def test_where_a_bus_goes_is_weaker_than_where_it_is() -> None:
    assert small_places().find("응암동에서 역삼동 방향 버스").district == "eunpyeong"


@pytest.mark.parametrize(
    "point", [(35.1796, 129.0756), (float("nan"), 127.0), (float("inf"), 0.0), (900.0, 127.0)]
)
def test_a_point_outside_the_city_has_no_district(point: tuple[float, float]) -> None:
    assert small_places().locate([point]) == [None]


def test_a_city_without_a_gazetteer_knows_no_place() -> None:
    assert Places().find("강남구", NEAR_GANGNAM_OFFICE).district is None


def test_texts_and_coordinates_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="2 texts but 1 coordinates"):
        small_places().find_all(["a", "b"], [None])


def test_distance_from_the_city_hall_to_gangnam_station_is_nine_kilometres() -> None:
    assert distance((37.5663, 126.9779), (37.4979, 127.0276)) == pytest.approx(8_780, abs=30)


@given(st.text(max_size=60))
def test_any_text_has_a_place_or_none(text: str) -> None:
    place = small_places().find(text)
    assert place.district is None or place.candidates == (place.district,)


def test_the_gazetteer_file_is_read_with_its_coordinates(tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text(
        "name,district,kind,lat,lon\n역삼동,gangnam,neighbourhood,,\n강남구,gangnam,district,37.5,127.0\n"
    )
    assert read_places(file) == (
        PlaceRow("역삼동", "gangnam", "neighbourhood"),
        PlaceRow("강남구", "gangnam", "district", 37.5, 127.0),
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("name,kind\nx,y\n", "columns missing: district"),
        ("name,district,kind,lat,lon\na,b,c,x,1\n", "line 2"),
    ],
)
def test_a_wrong_gazetteer_file_is_named(content: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text(content)
    with pytest.raises(ValueError, match=says):
        read_places(file)


def test_the_longest_name_wins() -> None:
    rows = (*PLACES, PlaceRow("신사동고개", "eunpyeong", "landmark"))
    assert Places(rows).find("신사동고개가 미끄러워요").district == "eunpyeong"
