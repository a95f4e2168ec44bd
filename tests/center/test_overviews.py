"""Offices' load and the accounts' health."""

from datetime import timedelta

from store.tables import Reading
from tests.center.town import CASEWORKER, COMMS, MANAGER, Town


def row(text: str, name: str) -> list[str]:
    import re

    found = re.search(rf'<th scope="row">\s*{name}.*?</tr>', text, re.DOTALL)
    assert found, name
    return re.findall(r'class="num[^"]*"[^>]*>(\d+)<', found[0])


def test_the_load_counts_open_overdue_near_undesignated_and_handed_back(town: Town) -> None:
    town.case("지정 대기")
    town.case("늦은 건", to=CASEWORKER, received=town.now - timedelta(days=9))
    town.case("곧", to=CASEWORKER, received=town.now - timedelta(days=2))
    back = town.case("반려될 건")
    town.visitor(MANAGER).post(
        f"/cases/{back}/hand-back", page=f"/cases/{back}", why="소관이 아닙니다"
    )
    text = town.visitor(COMMS).get("/offices").text
    assert row(text, "교통운영과") == ["3", "1", "1", "1", "1"]
    assert "분류 대기</span> <strong>1</strong>" in text


def test_without_any_case_the_load_says_so(town: Town) -> None:
    assert "아직 기관에 배정된 건이 없습니다" in town.visitor(COMMS).get("/offices").text


def test_an_account_that_fails_comes_first_with_its_cause(town: Town) -> None:
    with town.store.write() as session:
        session.add(Reading(account_id="x_town", read_at=town.now, good_at=town.now, posts=12))
        session.add(
            Reading(account_id="x_mayor", read_at=town.now, failures=4, cause="revoked: 401 token")
        )
    text = town.visitor(COMMS).get("/accounts").text
    assert text.index("@mayor") < text.index("@town")
    assert "4번 실패: 네트워크가 이 계정의 인증 정보(토큰)를 더는" in text
    assert "자세히: 401 token" in text
    assert "개인 계정" in text


def test_an_account_that_was_never_read_is_not_called_good(town: Town) -> None:
    text = town.visitor(COMMS).get("/accounts").text
    assert text.count("아직 읽지 않음</span>") >= 2
    assert "정상</span> <strong>0</strong>" in text
