"""Timelines, notifications, search, accounts: pages as Mastodon cuts them."""

import pytest
from mastodon import Mastodon, MastodonNotFoundError

from practice.testing import PracticeServer


def ids(found: list[object]) -> list[str]:
    return [str(status.id) for status in found]  # type: ignore[attr-defined]


@pytest.fixture
def seven(network: PracticeServer) -> list[str]:
    """Alice's seven posts to the city, oldest first."""
    return [network.post("alice", f"@x_seoul 글 {number}") for number in range(7)]


def test_ids_grow_with_time(seven: list[str]) -> None:
    assert seven == sorted(seven, key=int)
    assert len(set(seven)) == 7


def test_max_id_goes_back(citizen: Mastodon, seven: list[str]) -> None:
    me = citizen.me()
    assert ids(citizen.account_statuses(me, max_id=seven[3], limit=2)) == [seven[2], seven[1]]


def test_since_id_gives_the_newest_and_min_id_the_next(citizen: Mastodon, seven: list[str]) -> None:
    me = citizen.me()
    assert ids(citizen.account_statuses(me, since_id=seven[1], limit=2)) == [seven[6], seven[5]]
    assert ids(citizen.account_statuses(me, min_id=seven[1], limit=2)) == [seven[3], seven[2]]


def test_the_pages_by_link_headers_give_every_post_once(
    citizen: Mastodon, seven: list[str]
) -> None:
    first = citizen.account_statuses(citizen.me(), limit=3)
    assert ids(citizen.fetch_remaining(first)) == seven[::-1]


def test_notifications_page_both_ways(city: Mastodon, seven: list[str]) -> None:
    page = city.notifications(types=["mention"], limit=3)
    assert ids([told.status for told in page]) == seven[:3:-1]
    older = city.fetch_next(page)
    assert older
    assert ids([told.status for told in older]) == seven[3:0:-1]
    assert [told.id for told in city.fetch_previous(older) or []] == [told.id for told in page]
    oldest = city.notifications(min_id=0, limit=2)
    assert ids([told.status for told in oldest]) == [seven[1], seven[0]]


def test_notifications_by_type(citizen: Mastodon, city: Mastodon, seven: list[str]) -> None:
    city.status_reblog(seven[0])
    city.status_post("@alice 답")
    assert [told.type for told in citizen.notifications()] == ["mention", "reblog"]
    assert [told.type for told in citizen.notifications(types=["reblog"])] == ["reblog"]
    assert [told.type for told in citizen.notifications(exclude_types=["reblog"])] == ["mention"]


def test_one_notification_can_be_read_and_dismissed(city: Mastodon, seven: list[str]) -> None:
    told = city.notifications(limit=1)[0]
    assert city.notifications(id=told.id).status.id == told.status.id
    city.notifications_dismiss(told.id)
    with pytest.raises(MastodonNotFoundError):
        city.notifications(id=told.id)


def test_a_hashtag_in_korean_has_a_timeline_with_pages(
    citizen: Mastodon, network: PracticeServer
) -> None:
    made = [network.post("alice", f"#서울제설 {number}") for number in range(3)]
    page = citizen.timeline_hashtag("서울제설", limit=2)
    assert ids(citizen.fetch_remaining(page)) == made[::-1]


def test_search_finds_text_hashtags_and_accounts(
    citizen: Mastodon, network: PracticeServer
) -> None:
    lamp = network.post("alice", "가로등이 꺼졌어요 #야간")
    network.post("alice", "야간 버스가 좋아요")
    assert ids(citizen.search_v2("가로등", result_type="statuses").statuses) == [lamp]
    assert ids(citizen.search_v2("#야간").statuses) == [lamp]
    assert [found.acct for found in citizen.search_v2("서울").accounts] == ["x_seoul"]
    assert [found.acct for found in citizen.account_search("x_seo")] == ["x_seoul"]


def test_who_reads_by_lookup_and_id(citizen: Mastodon) -> None:
    found = citizen.account_lookup("x_seoul")
    assert citizen.account(found.id).display_name == "서울시"
    with pytest.raises(MastodonNotFoundError):
        citizen.account_lookup("nobody")


def test_home_holds_ones_own_and_the_citys_posts(
    citizen: Mastodon, network: PracticeServer
) -> None:
    mine, theirs = network.post("alice", "내 글"), network.post("x_seoul", "시의 글")
    network.post("bob", "남의 글")
    assert ids(citizen.timeline_home()) == [theirs, mine]


def test_replies_can_be_left_out(city: Mastodon, network: PracticeServer, seven: list[str]) -> None:
    city.status_post("@alice 답", in_reply_to_id=seven[0])
    own = city.status_post("알립니다")
    me = city.me()
    assert ids(city.account_statuses(me, exclude_replies=True)) == [str(own.id)]
    assert str(own.id) in ids(city.timeline_public())


def test_the_instance_says_its_limits(city: Mastodon, citizen: Mastodon) -> None:
    assert citizen.instance_v2().configuration.statuses.characters_reserved_per_url == 23
    assert city.instance_v2().configuration.statuses.max_characters == 280
    assert citizen.instance_v1().configuration.statuses.max_characters == 500
    assert citizen.instance_health()
    assert citizen.retrieve_mastodon_version().startswith("4.3.0")
