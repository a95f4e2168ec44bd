"""The address that a person names as proof is one of a post, on the account's own network."""

import pytest

from registry.model import Network
from rules.proof_address import HOSTS, post_name, wrong_address
from tests.builders import account

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
    ],
)
def test_a_post_is_called_as_the_last_part_of_its_path(url: str, name: str) -> None:
    assert post_name(url) == name
