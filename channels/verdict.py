"""What an exchange means for us: one table, read by what we were doing."""

from enum import Enum, auto

from channels.errors import ChannelBusy, ChannelError, InDoubt, Trouble
from channels.wire import Exchange

Failure = ChannelBusy | ChannelError | InDoubt


class Doing(Enum):
    """PREPARING is what comes before a post, such as its pictures: nothing is out yet.

    DELETING may be done again at any time, so what is unsure is simply asked again.
    """

    READING = auto()
    PREPARING = auto()
    PUBLISHING = auto()
    DELETING = auto()


class Meaning(Enum):
    WAIT = auto()  # provably not done
    PERSON = auto()  # provably not done, and will not be by itself
    UNSURE = auto()  # cannot be known from this answer


_TROUBLES = {
    401: Trouble.REVOKED,
    403: Trouble.FORBIDDEN,
    404: Trouble.GONE,
    410: Trouble.GONE,
}

# First and last status, what it means. `docs/decisions/0031-one-try-three-outcomes.md` says why.
_MEANINGS = (
    (200, 299, Meaning.UNSURE),  # only asked when there was no id, or it could not be read
    (300, 399, Meaning.UNSURE),
    (408, 408, Meaning.UNSURE),
    (429, 429, Meaning.WAIT),
    (400, 499, Meaning.PERSON),
    (500, 599, Meaning.UNSURE),
)

_UNSURE = {
    Doing.READING: ChannelBusy,
    Doing.PREPARING: ChannelBusy,
    Doing.PUBLISHING: InDoubt,
    Doing.DELETING: ChannelBusy,
}


def verdict(doing: Doing, ended: Exchange, where: str, error: Exception | None = None) -> Failure:
    """The failure to raise for an exchange that gave nothing usable."""
    meaning = meaning_of(ended)
    reason = _reason(ended, where, error)
    if meaning is Meaning.WAIT:
        limited = ended.status == 429
        return ChannelBusy(reason, ended.retry_after, Trouble.LIMITED if limited else Trouble.BUSY)
    if meaning is Meaning.PERSON:
        return ChannelError(reason, _TROUBLES.get(ended.status or 0, Trouble.REFUSED))
    unsure = _UNSURE[doing]
    return unsure(reason, ended.retry_after) if unsure is ChannelBusy else InDoubt(reason)


def meaning_of(ended: Exchange) -> Meaning:
    if ended.status is not None:
        status = ended.status
        return next((m for first, last, m in _MEANINGS if first <= status <= last), Meaning.UNSURE)
    if ended.sent:
        return Meaning.UNSURE
    return Meaning.WAIT if ended.reason else Meaning.PERSON  # no reason: it never came to a request


def _reason(ended: Exchange, where: str, error: Exception | None) -> str:
    if ended.status is None:
        cannot = f"the request could not be made: {type(error).__name__}: {error}"
        return f"{where}: {ended.reason or cannot}"[:400]
    if 200 <= ended.status < 300:
        return f"{where}: answered {ended.status}, and the answer cannot be read"
    return f"{where}: answered {ended.status}. {ended.reason}".rstrip(". ")
