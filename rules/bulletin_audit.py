"""A bulletin's table against an account's timeline, both ways. Plain values in, findings out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Wrong(StrEnum):
    """How table and timeline contradict each other."""

    MISSING = "missing"  # the table says it is out, and nobody can see it
    UNKNOWN = "unknown"  # it stands there, and the table does not say so
    TWICE = "twice"  # it stands there more than once
    UNREAD = "unread"  # the timeline could not be read, so nothing is proved


#: In the words of pages and mails.
WRONG: Mapping[Wrong, str] = MappingProxyType(
    {
        Wrong.MISSING: "기록에는 게시됨인데 계정에서 보이지 않습니다.",
        Wrong.UNKNOWN: "기록에 없는 글이 계정에 있습니다.",
        Wrong.TWICE: "같은 글이 두 번 올라가 있습니다.",
        Wrong.UNREAD: "계정을 읽지 못해 대조하지 못했습니다.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One delivery of the table. `out`: the network accepted it; `shares`: what it passes on."""

    marker: str
    out: bool
    remote_id: str = ""
    shares: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One post of the account's timeline."""

    remote_id: str
    url: str
    text: str
    shares: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    wrong: Wrong
    url: str = ""


def compare(
    entries: Sequence[Entry],
    posts: Sequence[Standing],
    *,
    markers: Collection[str],
    leads: Collection[str],
) -> list[Finding]:
    """What is wrong on one account.

    `markers` are all that the bulletin's texts carry, `leads` the ids of the lead's posts: a post
    with one of these markers, or that passes one of these posts on, is the bulletin's. Each entry
    that is out answers for one post, by its id before its words.
    """
    left = [post for post in posts if _of_bulletin(post, markers, leads)]
    out = [entry for entry in entries if entry.out]
    by_id = {post.remote_id: post for post in left}
    found = {
        number: by_id[entry.remote_id]
        for number, entry in enumerate(out)
        if entry.remote_id in by_id and is_it(entry, by_id[entry.remote_id])
    }
    left = [post for post in left if post not in found.values()]
    findings = []
    for number, entry in enumerate(out):
        if number in found:
            continue
        hit = next((post for post in left if is_it(entry, post)), None)
        if hit is None:
            findings.append(Finding(Wrong.MISSING, entry.url))
        else:
            left.remove(hit)
    findings += [Finding(_extra(post, out), post.url) for post in left]
    return findings


def is_it(entry: Entry, post: Standing) -> bool:
    """Whether this post is what the entry was to bring out."""
    if entry.shares or post.shares:
        return entry.shares == post.shares
    return entry.marker in post.text


def _of_bulletin(post: Standing, markers: Collection[str], leads: Collection[str]) -> bool:
    if post.shares:
        return post.shares in leads
    return any(marker in post.text for marker in markers)


def _extra(post: Standing, out: Sequence[Entry]) -> Wrong:
    return Wrong.TWICE if any(is_it(entry, post) for entry in out) else Wrong.UNKNOWN
