"""A small city to route in: offices, places and labelled posts, with defaults."""

from registry.model import Example, Office, OfficeKind
from routing.gazetteer import PlaceRow
from routing.label import Label
from routing.place import Places

OFFICES = (
    Office(
        id="traffic",
        kind=OfficeKind.DEPARTMENT,
        name="교통운영과",
        duties="신호등 고장 수리, 보행신호 시간 조정, 교통 표지판 정비",
        keywords=("신호등", "녹색불", "표지판"),
    ),
    Office(
        id="bus",
        kind=OfficeKind.DEPARTMENT,
        name="버스정책과",
        duties="시내버스 노선 신설, 배차간격 조정, 버스 기사 불친절 조사",
        keywords=("버스", "배차간격", "정류장"),
    ),
    Office(
        id="water",
        kind=OfficeKind.AGENCY,
        name="아리수본부",
        duties="수돗물 누수 복구, 수도요금 문의, 단수 안내",
        keywords=("수돗물", "누수", "수도요금"),
    ),
    Office(
        id="gangnam",
        kind=OfficeKind.DISTRICT,
        name="강남구",
        duties="골목 보안등 수리, 쓰레기 무단투기 단속, 불법주정차 단속",
        keywords=("보안등", "무단투기", "불법주정차"),
    ),
    Office(
        id="eunpyeong",
        kind=OfficeKind.DISTRICT,
        name="은평구",
        duties="골목 보안등 수리, 쓰레기 무단투기 단속, 놀이터 보수",
        keywords=("보안등", "쓰레기 수거", "놀이터"),
    ),
)

PLACES = (
    PlaceRow("강남구", "gangnam", "district", 37.5172, 127.0473),
    PlaceRow("은평구", "eunpyeong", "district", 37.6027, 126.9291),
    PlaceRow("중구", "junggu", "district", 37.5641, 126.9979),
    PlaceRow("관악구", "gwanak", "district", 37.4784, 126.9516),
    PlaceRow("강서구", "gangseo", "district", 37.5509, 126.8495),
    PlaceRow("신사동", "gangnam", "neighbourhood"),
    PlaceRow("신사동", "eunpyeong", "neighbourhood"),
    PlaceRow("신사동", "gwanak", "neighbourhood"),
    PlaceRow("역삼동", "gangnam", "neighbourhood"),
    PlaceRow("응암동", "eunpyeong", "neighbourhood"),
    PlaceRow("합동", "seodaemun", "neighbourhood"),
    PlaceRow("서대문구", "seodaemun", "district", 37.5791, 126.9368),
    PlaceRow("가로수길", "gangnam", "road"),
    PlaceRow("강남역", "gangnam", "station", 37.4979, 127.0276),
    PlaceRow("강남역", "seocho", "station", 37.4979, 127.0276),
    PlaceRow("연신내역", "eunpyeong", "station", 37.6190, 126.9210),
)

_MATTERS = {
    "traffic": (
        "신호등이 꺼졌어요",
        "보행신호가 너무 짧아요",
        "교통 표지판이 돌아갔어요",
        "녹색불이 안 켜져요",
    ),
    "bus": (
        "버스가 안 와요",
        "배차간격이 너무 길어요",
        "버스 기사가 불친절해요",
        "정류장을 그냥 지나쳤어요",
    ),
    "water": (
        "수돗물에서 녹물이 나와요",
        "길에서 누수가 있어요",
        "수도요금이 두 배예요",
        "단수 안내가 없었어요",
    ),
    "gangnam": ("역삼동 골목 보안등이 나갔어요", "신사동 가로수길 무단투기가 심해요"),
    "eunpyeong": ("응암동 놀이터 그네가 망가졌어요", "응암동 쓰레기 수거를 안 해요"),
}
_WHERE = (
    "회사 앞",
    "시장 입구",
    "학교 옆",
    "사거리",
    "아파트 정문",
    "공원 뒤",
    "큰길",
    "우리 집 근처",
)


def small_labels(each: int = 8) -> list[Label]:
    """`each` different posts for every matter of every office, in a fixed order."""
    return [
        Label(text=f"{where}에서 {matter}", office=office)
        for where in _WHERE[:each]
        for office, matters in _MATTERS.items()
        for matter in matters
    ]


def small_places() -> Places:
    return Places(PLACES)


def example(text: str, office: str) -> Example:
    return Example(text=text, office=office)
