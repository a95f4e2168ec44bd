"""The address that a person names as proof is one of a post, on the account's own network."""

from datetime import datetime, timedelta

import pytest

from registry.model import Network
from rules.proof_address import (
    FIRST_LOOK,
    HOSTS,
    LOOKED_FOR,
    Proof,
    leads_to,
    next_look,
    post_name,
    proof,
    wrong_address,
)
from tests.builders import NOW, account

NETWORKS = {network: account("a", network) for network in Network}
BLOG = NETWORKS[Network.NAVER_BLOG]
PRACTICE = "http://127.0.0.1:8300"


@pytest.mark.parametrize("network", HOSTS)
def test_each_host_of_a_network_and_what_is_below_it_is_right(network: Network) -> None:
    for host in HOSTS[network]:
        for url in (f"https://{host}/town/1", f"https://m.{host}/town/1?a=b"):
            assert wrong_address(url, NETWORKS[network]) == ""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "올린 글의 주소"),
        ("올렸어요", "올린 글의 주소"),
        ("javascript:alert(1)", "올린 글의 주소"),
        ("https:///town/1", "올린 글의 주소"),
        ("https://blog.naver.com:x/1", "올린 글의 주소"),
        ("https://blog.naver.com/a b", "올린 글의 주소"),
        ("https://blog.naver.com/" + "a" * 2_000, "올린 글의 주소"),
        ("http://blog.naver.com/town/1", "https://로 시작하는"),
        ("https://blog.naver.com.evil.example/1", "blog.naver.com의 것이어야"),
        ("https://evilblog.naver.com.example/1", "blog.naver.com의 것이어야"),
        ("https://blog.naver.com@evil.example/1", "적으신 주소는 evil.example의 것"),
        ("https://blog.naver.com/", "첫 화면이 아니라"),
        (f"{PRACTICE}/@town/1", "https://로 시작하는"),
    ],
)
def test_anything_else_is_told_apart_clearly(url: str, said: str) -> None:
    assert said in wrong_address(url, BLOG)


def test_the_practice_network_stands_for_any_where_it_is_in_use() -> None:
    assert wrong_address(f"{PRACTICE}/@town/1", BLOG, practice=(PRACTICE,)) == ""
    assert wrong_address(f"{PRACTICE}/", BLOG, practice=(PRACTICE,)) != ""


def test_an_account_with_a_server_of_its_own_stands_there() -> None:
    ours = account("m", Network.MASTODON, server="https://social.seoul.example")
    assert wrong_address("https://social.seoul.example/@town/1", ours) == ""
    assert wrong_address("https://mastodon.example/@town/1", ours) != ""
    assert wrong_address("https://me2day.example/1", NETWORKS[Network.ME2DAY]) == ""


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x.com/a/status/7?s=20", "7"),
        ("https://x.com/a/7/", "7"),
        ("https://x.com", "https://x.com"),
        ("no address", "no address"),
        ("https://m.blog.naver.com/PostView.naver?blogId=town&logNo=77", "77"),
        ("https://facebook.com/permalink.php?story_fbid=9&id=1", "9"),
        ("https://youtube.com/watch?v=a&lc=Ug7", "Ug7"),
        ("https://facebook.com/permalink.php?id=1", "permalink.php"),
    ],
)
def test_a_post_is_called_as_the_last_part_of_its_path_or_as_its_query_says(
    url: str, name: str
) -> None:
    assert post_name(url) == name


@pytest.mark.parametrize(
    ("url", "remote_id", "stands_at", "leads"),
    [
        ("https://x.com/a/status/7?s=20", "7", "", True),
        ("https://x.com/a/status/7", "8", "https://x.com/a/status/8", False),
        # a site shows one post under several addresses, and calls it as it likes
        ("https://m.blog.naver.com/town/77", "77", "https://blog.naver.com/town/77", True),
        (
            "https://blog.naver.com/PostView.naver?blogId=town&logNo=77",
            "77",
            "https://blog.naver.com/town/77?fromRss=true",
            True,
        ),
        ("https://site.example/flood-warning/", "s34", "https://site.example/flood-warning", True),
        # the name of a program is no post's
        (
            "https://b.example/index.php?id=7",
            "index.php",
            "https://b.example/index.php?id=8",
            False,
        ),
        ("https://b.example/index.php?id=7", "index.php", "https://b.example/index.php?id=7", True),
        ("https://b.example/index.php?id=7", "index.php", "", False),
        ("https://youtube.com/watch?v=7", "watch", "https://youtube.com/watch?v=8", False),
    ],
)
def test_an_address_leads_to_the_post_of_its_name(
    url: str, remote_id: str, stands_at: str, *, leads: bool
) -> None:
    assert leads_to(url, remote_id=remote_id, stands_at=stands_at) is leads


def test_it_is_looked_for_ever_more_seldom_within_a_day() -> None:
    ages, age = [], FIRST_LOOK
    while age < LOOKED_FOR:
        ages.append(age / timedelta(minutes=1))
        age += next_look(age)
    assert ages == [1, 4, 16, 64, 256, 1024]
    assert next_look(timedelta(hours=-5)) == FIRST_LOOK, "the clock was set back"


@pytest.mark.parametrize(
    ("minutes", "next_at", "readings", "seen_at", "known"),
    [
        (0, 1, 0, None, Proof.AHEAD),
        (2, 4, 0, None, Proof.UNREAD),
        (2, 4, 1, None, Proof.MISSING),
        (2, 4, 1, NOW, Proof.SEEN),
        (3_000, 1, 0, None, Proof.UNREAD),  # nobody looked within the day
        (3_000, -60, 1, None, Proof.UNREAD),  # put up before anybody ever looked
    ],
)
def test_what_is_known_of_it_is_what_was_read(
    minutes: int, next_at: int, readings: int, seen_at: datetime | None, known: Proof
) -> None:
    found = proof(
        settled_at=NOW,
        not_before=NOW + timedelta(minutes=next_at),
        seen_at=seen_at,
        readings=readings,
        at=NOW + timedelta(minutes=minutes),
    )
    assert found is known
