"""The address that a person names as proof: of one post, on the network where it should stand."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qs, urlsplit

from registry.model import Account, Network

#: Longer ones are no addresses of posts.
LONGEST = 2_000

#: Where each network's posts stand, also under names below these. Those not named have servers of
#: their own, or none that is known.
HOSTS: Mapping[Network, tuple[str, ...]] = MappingProxyType(
    {
        Network.X: ("x.com", "twitter.com"),
        Network.FACEBOOK: ("facebook.com", "fb.com", "fb.watch"),
        Network.INSTAGRAM: ("instagram.com",),
        Network.THREADS: ("threads.com", "threads.net"),
        Network.YOUTUBE: ("youtube.com", "youtu.be"),
        Network.BLUESKY: ("bsky.app",),
        Network.NAVER_BLOG: ("blog.naver.com",),
        Network.KAKAO: ("kakao.com",),
    }
)

#: Pages that show any post of their network, and the word of their query that says which.
_SAID_IN_QUERY: Mapping[str, str] = MappingProxyType(
    {
        "PostView.naver": "logNo",
        "PostView.nhn": "logNo",
        "permalink.php": "story_fbid",
        "photo.php": "fbid",
        "story.php": "story_fbid",
        "watch": "lc",
    }
)

#: A post is looked for this long after its address was named, then ever more seldom for so long.
FIRST_LOOK = timedelta(minutes=1)
LOOKED_FOR = timedelta(days=1)

#: After so many complete readings without it, a quarter of an hour, people are told.
ENOUGH = 3


class Proof(StrEnum):
    """What reading the account showed of a post that a person put up."""

    AHEAD = "ahead"  # nobody looked yet
    SEEN = "seen"
    MISSING = "missing"  # complete readings did not show it
    UNREAD = "unread"  # nothing is known: it could not be read, or not to its end


def wrong_address(url: str, account: Account, *, practice: Sequence[str] = ()) -> str:
    """Why this is no proof of a post of the account, in Korean; empty where it may be one.

    `practice` are origins (`http://127.0.0.1:8300`) that stand for any network.
    """
    parts = _split(url)
    if parts is None or not parts.hostname:
        return "올린 글의 주소(https://로 시작)를 적어 주세요."
    if f"{parts.scheme}://{parts.netloc}" not in practice:
        if parts.scheme != "https":
            return f"https://로 시작하는 주소를 적어 주세요. 적으신 주소는 {parts.scheme}://로 시작합니다."
        hosts = hosts_of(account)
        if hosts and not any(_below(parts.hostname, host) for host in hosts):
            return (
                f"{account.name}에 올린 글이면 주소가 {hosts[0]}의 것이어야 합니다. "
                f"적으신 주소는 {parts.hostname}의 것입니다. 글의 주소를 다시 복사해 주세요."
            )
    if not parts.path.strip("/"):
        return "네트워크의 첫 화면이 아니라 올린 글의 주소를 적어 주세요."
    return ""


def hosts_of(account: Account) -> tuple[str, ...]:
    """Where the account's posts stand; nothing where that is not known."""
    if account.network in HOSTS:
        return HOSTS[account.network]
    server = account.server if "://" in account.server else f"https://{account.server}"
    parts = _split(server)
    return (parts.hostname,) if parts is not None and parts.hostname else ()


def post_name(url: str) -> str:
    """What most networks call the post at an address.

    The last part of its path, or what the query says where that only names a page for any post.
    """
    parts = _split(url)
    if parts is None:
        return url
    last = parts.path.rstrip("/").rpartition("/")[2]
    said = parse_qs(parts.query).get(_SAID_IN_QUERY.get(last, ""))
    return (said[0] if said else last) or url


def leads_to(url: str, *, remote_id: str, stands_at: str) -> bool:
    """Whether an address is that of a post, which has this id and this address on its network.

    By the post's name alone, since a site shows a post under several addresses; by all of the
    address where the name may be that of a program which shows any post.
    """
    name = post_name(url)
    if "." in name or name in _SAID_IN_QUERY:
        stood = _below_host(stands_at)
        return stood is not None and stood == _below_host(url)
    return name in (remote_id, post_name(stands_at))


def next_look(age: timedelta) -> timedelta:
    """How long after a look the next one comes, `age` after the post was said to be up.

    So the looks come after 1, 4 and 16 minutes, after 1, 4 and 17 hours.
    """
    return max(FIRST_LOOK, 3 * age)


def proof(
    *,
    settled_at: datetime,
    not_before: datetime,
    seen_at: datetime | None,
    readings: int,
    at: datetime,
) -> Proof:
    """What is known at `at` of a post that was said to be up at `settled_at`.

    `not_before` is when it is looked for next, `readings` how many complete ones did not show it.
    """
    if seen_at is not None:
        return Proof.SEEN
    if not_before > settled_at + FIRST_LOOK:  # somebody looked
        return Proof.MISSING if readings else Proof.UNREAD
    return Proof.AHEAD if at < settled_at + LOOKED_FOR else Proof.UNREAD


def _below_host(url: str) -> tuple[str, str] | None:
    parts = _split(url)
    return (parts.path.rstrip("/"), parts.query) if parts else None


def _split(url: str) -> SplitResult | None:
    if len(url) > LONGEST or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts if parts.scheme in ("http", "https") else None


def _below(host: str, above: str) -> bool:
    return host == above or host.endswith(f".{above}")
