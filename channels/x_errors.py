"""What X means by a refusal: one table, read by the status and the words of its problem."""

from collections.abc import Mapping
from dataclasses import dataclass

import requests

from channels.errors import ChannelBusy, ChannelError, InDoubt, Trouble

_WORDS = ("title", "detail", "type", "reason", "message", "code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """`words`: any of these in the problem; "" is always there. `trouble` None: it may be out."""

    status: int
    words: tuple[str, ...]
    trouble: Trouble | None
    told: str


# Sources: X's "Response codes & errors", the problem types of its API description 2.168, and what
# clients recorded of it where X writes nothing down. The first that fits is taken.
_MEANINGS = (
    Meaning(
        status=401,
        words=("timestamp out of bounds",),
        trouble=Trouble.BUSY,
        told="X says that this machine's clock is wrong: set it by a time server",
    ),
    Meaning(
        status=402,
        words=("",),
        trouble=Trouble.FORBIDDEN,
        told="the city's credits at X are used up: buy some in X's developer console",
    ),
    Meaning(
        status=403,
        words=("duplicate content", "already retweeted", "already reposted"),
        trouble=None,
        told="X says that this stands there already: it may be ours",
    ),
    Meaning(
        status=400,
        words=("already retweeted", "already reposted"),
        trouble=None,
        told="X says that this stands there already: it may be ours",
    ),
    Meaning(
        status=403,
        words=("deleted or not visible",),
        trouble=Trouble.GONE,
        told="the post to answer was deleted, or its writer hides it from us",
    ),
    Meaning(
        status=403,
        words=("not been mentioned", "where you are mentioned", "reply to this conversation"),
        trouble=Trouble.REFUSED,
        told="X lets a program answer only a post that names or quotes us, and this one does not: "
        "a person may answer it on X itself",
    ),
    Meaning(
        status=403,
        words=("restricted who can reply", "allowed to reply", "permitted to reply"),
        trouble=Trouble.REFUSED,
        told="its writer lets only some people answer this post",
    ),
    Meaning(
        status=403,
        words=("bit shorter", "too long", "tweet_too_long"),
        trouble=Trouble.REFUSED,
        told="the text is longer than X takes",
    ),
    Meaning(
        status=403,
        words=("oauth1-permissions", "app permissions", "read-only"),
        trouble=Trouble.FORBIDDEN,
        told="the app may only read: give it 'Read and write' in X's developer console, then make "
        "new access tokens",
    ),
    Meaning(
        status=403,
        words=("suspended",),
        trouble=Trouble.FORBIDDEN,
        told="X has suspended the account or the app",
    ),
    Meaning(
        status=403,
        words=("temporarily locked", "account is locked"),
        trouble=Trouble.FORBIDDEN,
        told="X has locked the account: log in at x.com and unlock it",
    ),
    Meaning(
        status=403,
        words=("client-forbidden", "client-not-enrolled", "attached to a project"),
        trouble=Trouble.FORBIDDEN,
        told="the app is in no project with access to X's API v2",
    ),
    Meaning(
        status=403,
        words=("not permitted to perform this action",),
        trouble=Trouble.FORBIDDEN,
        told="X's filter against automation refused it, without a reason",
    ),
    Meaning(
        status=429,
        words=("usage-capped", "usagecapexceeded", "spend cap"),
        trouble=Trouble.FORBIDDEN,
        told="the month's spending limit at X is reached: raise it in X's developer console",
    ),
)


def words_of(response: requests.Response) -> str:
    """All that X says about a refusal, in one line; "" where it says nothing readable."""
    try:
        told = response.json()
    except ValueError:
        return ""
    if not isinstance(told, Mapping):
        return ""
    errors = told.get("errors")
    problems = [told, *(errors if isinstance(errors, list) else [])]
    found = [
        " ".join(str(problem[word]).split())
        for problem in problems
        if isinstance(problem, Mapping)
        for word in _WORDS
        if isinstance(problem.get(word), str | int)
    ]
    return "; ".join(dict.fromkeys(found))[:300]


def failure(
    where: str, status: int, words: str, *, publishing: bool
) -> ChannelBusy | ChannelError | InDoubt | None:
    """What to raise for a refusal; None where its status alone says it (`channels.verdict`)."""
    said = words.lower()
    for meaning in _MEANINGS:
        if meaning.status == status and any(word in said for word in meaning.words):
            break
    else:
        return None
    reason = f"{where}: {meaning.told} (answered {status}. {words})"
    if meaning.trouble is None:
        return InDoubt(reason) if publishing else None
    if meaning.trouble is Trouble.BUSY:
        return ChannelBusy(reason)
    return ChannelError(reason, meaning.trouble)
