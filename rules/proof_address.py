"""The address that a person names as proof: of one post, on the network where it should stand."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

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
    """What most networks call the post at an address: the last part of its path."""
    parts = _split(url)
    return (parts.path.rstrip("/").rpartition("/")[2] if parts else "") or url


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
