"""Faults: the tests of delivery stand on these, so each really does what it says."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from mastodon import (
    Mastodon,
    MastodonAPIError,
    MastodonNetworkError,
    MastodonNotFoundError,
    MastodonRatelimitError,
    MastodonServerError,
    MastodonUnauthorizedError,
)

from practice.faults import from_json
from practice.testing import PracticeServer
from tests.practice.conftest import Client
from tests.practice.waiting import eventually


def test_a_lost_answer_leaves_the_post(network: PracticeServer, city: Mastodon) -> None:
    network.fault("x_seoul", lose_answer=True, count=1)
    with pytest.raises(MastodonNetworkError):
        city.status_post("잃은 답")
    assert network.texts("x_seoul") == ["잃은 답"]
    city.status_post("다시 된다")
    assert network.faults("x_seoul")[0]["hits"] == 1


def test_a_blind_retry_after_a_lost_answer_doubles(network: PracticeServer, city: Mastodon) -> None:
    network.fault("x_seoul", lose_answer=True, count=1)
    with pytest.raises(MastodonNetworkError):
        city.status_post("두 번")
    city.status_post("두 번")
    assert network.texts("x_seoul") == ["두 번", "두 번"]


def test_a_retry_with_the_key_does_not_double_unless_keys_are_ignored(
    network: PracticeServer, city: Mastodon
) -> None:
    network.fault("x_seoul", lose_answer=True, count=1)
    with pytest.raises(MastodonNetworkError):
        city.status_post("한 번", idempotency_key="k")
    city.status_post("한 번", idempotency_key="k")
    assert network.texts("x_seoul") == ["한 번"]
    network.fault("x_seoul", ignore_idempotency=True)
    city.status_post("한 번", idempotency_key="k")
    assert network.texts("x_seoul") == ["한 번", "한 번"]


def test_a_late_post_is_not_there_first_and_there_after_the_client_is_gone(
    network: PracticeServer, client: Client
) -> None:
    leaving = client("x_seoul", city=True)
    network.fault("x_seoul", accept_late=1.0, count=1)
    with pytest.raises(MastodonNetworkError):
        leaving.status_post("늦은 글")
    leaving.session.close()
    assert network.texts("x_seoul") == []
    assert eventually(lambda: network.texts("x_seoul") == ["늦은 글"])


def test_a_late_post_happens_even_when_the_client_gives_up_waiting(
    network: PracticeServer, client: Client
) -> None:
    impatient = client("x_seoul", city=True, timeout=0.1)
    network.fault("x_seoul", accept_late=0.3, hang=0.5, count=1)
    with pytest.raises(MastodonNetworkError):
        impatient.status_post("늦은 글")
    assert eventually(lambda: network.texts("x_seoul") == ["늦은 글"])


def test_a_late_post_respects_the_key_of_a_retry(network: PracticeServer, city: Mastodon) -> None:
    network.fault("x_seoul", accept_late=0.2, count=1)
    with pytest.raises(MastodonNetworkError):
        city.status_post("하나", idempotency_key="k")
    city.status_post("하나", idempotency_key="k")
    network.fault("x_seoul", accept_late=0.2, count=1)
    with pytest.raises(MastodonNetworkError):
        city.status_post("뒤의 글", idempotency_key="other")
    assert eventually(lambda: network.texts("x_seoul") == ["하나", "뒤의 글"])


def test_an_answer_that_takes_long_leaves_the_post_when_the_client_gave_up(
    network: PracticeServer, client: Client
) -> None:
    impatient = client("x_seoul", city=True, timeout=0.1)
    network.fault("x_seoul", slow=5.0, count=1)
    with pytest.raises(MastodonNetworkError):
        impatient.status_post("느린 글")
    assert eventually(lambda: network.texts("x_seoul") == ["느린 글"])


def test_slow_answers_do_not_wait_for_each_other(network: PracticeServer, client: Client) -> None:
    """Eighty at once, each slowed by two seconds: one after the other would take 160."""
    network.fault("*", slow=2.0, on=["post"])
    with httpx.Client(
        base_url=network.url, limits=httpx.Limits(max_connections=80), timeout=60
    ) as http:
        tokens = [network.token(f"x_{number}", city=True) for number in range(80)]

        def post(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return http.post("/api/v1/statuses", json={"status": "글"}, headers=headers).status_code

        began = time.monotonic()
        with ThreadPoolExecutor(80) as pool:
            assert set(pool.map(post, tokens)) == {200}
        assert time.monotonic() - began < 40


def test_an_error_after_accepting_leaves_the_post(network: PracticeServer, city: Mastodon) -> None:
    network.fault("x_seoul", error_after_accepting=True, count=1)
    with pytest.raises(MastodonServerError):
        city.status_post("오류라더니")
    assert network.texts("x_seoul") == ["오류라더니"]


def test_a_post_that_would_be_refused_is_refused_under_any_fault(
    network: PracticeServer, city: Mastodon
) -> None:
    network.fault("x_seoul", error_after_accepting=True)
    with pytest.raises(MastodonAPIError, match="limit of 280"):
        city.status_post("가" * 281)
    assert network.texts("x_seoul") == []


def test_a_busy_network_says_when_to_come_back(network: PracticeServer) -> None:
    token = network.token("x_seoul", city=True)
    network.fault("x_seoul", busy=7, count=1)
    answer = httpx.get(
        f"{network.url}/api/v1/notifications", headers={"Authorization": f"Bearer {token}"}
    )
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json() == {"error": "Too many requests"}


def test_a_refusal_carries_its_words(network: PracticeServer, city: Mastodon) -> None:
    network.fault("x_seoul", refuse="403 duplicate content")
    with pytest.raises(MastodonAPIError) as refused:
        city.status_post("거절")
    assert refused.value.args[1:] == (403, "Forbidden", "duplicate content")
    assert network.texts("x_seoul") == []
    assert city.notifications() == []


def test_a_hidden_post_is_nowhere_for_a_while_and_announced_when_it_appears(
    network: PracticeServer, citizen: Mastodon, city: Mastodon
) -> None:
    network.fault("alice", hide=4.0)
    post = citizen.status_post("@x_seoul 숨은 글 #숨김")
    with pytest.raises(MastodonNotFoundError):
        citizen.status(post)
    assert citizen.account_statuses(citizen.me()) == []
    assert citizen.timeline_hashtag("숨김") == []
    assert city.notifications() == []
    assert eventually(lambda: [told.status.id for told in city.notifications()] == [post.id])
    assert citizen.status(post).id == post.id


def test_a_lying_network_accepts_and_gives_no_id(network: PracticeServer) -> None:
    headers = {"Authorization": f"Bearer {network.token('x_seoul', city=True)}"}
    network.fault("x_seoul", lie=True, count=1)
    network.fault("x_seoul", lie_without_accepting=True, on=["reblog"])
    answer = httpx.post(f"{network.url}/api/v1/statuses", json={"status": "글"}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {})
    assert network.texts("x_seoul") == ["글"]


def test_a_lying_network_may_also_not_accept(network: PracticeServer) -> None:
    headers = {"Authorization": f"Bearer {network.token('x_seoul', city=True)}"}
    network.fault("x_seoul", lie_without_accepting=True)
    answer = httpx.post(f"{network.url}/api/v1/statuses", json={"status": "글"}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {})
    assert network.texts("x_seoul") == []


def test_an_unreadable_answer_is_200_with_broken_json(network: PracticeServer) -> None:
    headers = {"Authorization": f"Bearer {network.token('x_seoul', city=True)}"}
    network.fault("x_seoul", unreadable=True)
    answer = httpx.post(f"{network.url}/api/v1/statuses", json={"status": "글"}, headers=headers)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()
    assert network.texts("x_seoul") == ["글"]


def test_failing_reads_leave_writing_alone(network: PracticeServer, city: Mastodon) -> None:
    me = city.me()
    network.fault("x_seoul", failing_reads=True)
    city.status_post("쓰기는 된다")
    with pytest.raises(MastodonServerError):
        city.account_statuses(me)


def test_a_network_that_is_down_for_one_is_up_for_others(
    network: PracticeServer, citizen: Mastodon, city: Mastodon
) -> None:
    network.fault("x_seoul", down=True)
    with pytest.raises(MastodonNetworkError):
        city.account_verify_credentials()
    assert citizen.account_verify_credentials().acct == "alice"
    network.heal("x_seoul")
    assert city.account_verify_credentials().acct == "x_seoul"


def test_a_network_that_is_down_for_everyone(network: PracticeServer, citizen: Mastodon) -> None:
    network.fault("*", down=True)
    with pytest.raises(MastodonNetworkError):
        citizen.account_verify_credentials()
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{network.url}/api/v1/timelines/public")


def test_the_fault_revoked_answers_as_a_revoked_token(
    network: PracticeServer, city: Mastodon
) -> None:
    network.fault("x_seoul", revoked=True)
    with pytest.raises(MastodonUnauthorizedError, match="The access token was revoked"):
        city.status_post("글")


def test_a_client_in_wait_mode_is_told_by_an_error_too(
    network: PracticeServer, city: Mastodon
) -> None:
    network.fault("x_seoul", busy=1, on=["post"])
    with pytest.raises(MastodonRatelimitError):
        city.status_post("글")


def test_the_dice_are_repeatable() -> None:
    def thrown(seed: int) -> list[bool]:
        (fault,) = from_json({"lose_answer": True, "probability": 0.5, "seed": seed})
        return [fault.strikes("post", 0.0) for _ in range(50)]

    assert thrown(1) == thrown(1)
    assert thrown(1) != thrown(2)
    assert 10 < sum(thrown(1)) < 40


def test_a_fault_ends_after_its_seconds() -> None:
    (fault,) = from_json({"down": True, "seconds": 5})
    fault.since = 100.0
    assert fault.strikes("read", 104.9)
    assert not fault.strikes("read", 105.1)


@pytest.mark.parametrize(
    "wrong", [{"slwo": 1}, {"count": 1}, {"slow": 1, "on": ["never"]}, {"slow": "곧"}, {"slow": -1}]
)
def test_a_fault_that_is_none_is_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"fault|on|slow|float"):
        from_json(wrong)
