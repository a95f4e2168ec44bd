"""A network's post as it comes in: whose it is, and cleaned so that no store refuses it."""

from datetime import datetime, timedelta

from channels.base import Post
from channels.exercise import HANDLE
from registry.model import Account
from rules.clean import clean, one_line, safe_url
from store.posts import Incoming
from tasks.workplace import Workplace

#: Photos kept of one post; no network allows more.
MOST_PHOTOS = 20

#: A post from further ahead or further back than this says nothing true about when it was written.
_AHEAD = timedelta(days=1)
_BACK = timedelta(days=20 * 365)


def is_ours(place: Workplace, account: Account, post: Post, *, exercise: bool = False) -> bool:
    """Whether a city account wrote it: what our accounts say to one another is no case."""
    if exercise or not place.settings.live:  # a twin's handle is its account's id
        return post.author_handle.removeprefix(HANDLE) in place.registry.accounts
    handle = _handle(post.author_handle, account.server)
    same = (a for a in place.registry.accounts.values() if a.network == account.network)
    return any(handle == _handle(a.handle, a.server) for a in same)


def _handle(handle: str, server: str) -> str:
    """A handle to compare: `name`, or `name@server` where a network has several servers."""
    name, _, at = handle.lower().lstrip("@").partition("@")
    home = at or server.lower().partition("://")[2] or server.lower()
    return f"{name}@{home}" if home else name


def incoming_of(
    account: Account,
    post: Post,
    *,
    at: datetime,
    event_id: int | None = None,
    exercise: bool = False,
) -> Incoming:
    """What is stored of a post that came in on `account`, read `at` this moment.

    `event_id` is the event it tells of. The pictures of an exercise are not fetched.
    """
    place = post.place
    return Incoming(
        network=account.network,
        remote_id=one_line(post.remote_id, 200),
        account_id=account.id,
        author_id=one_line(post.author_id, 200),
        author_handle=one_line(post.author_handle, 200),
        author_name=one_line(post.author_name, 200),
        text=clean(post.text),
        url=safe_url(post.url) or "",
        created_at=_believable(post.created_at, at),
        in_reply_to=one_line(post.in_reply_to, 200) if post.in_reply_to else None,
        lat=place.lat if place else None,
        lon=place.lon if place else None,
        place=one_line(place.name, 200) if place and place.name else None,
        public=post.public,
        photos=tuple(
            (one_line(photo.url, 2_000), clean(photo.alt))
            for photo in post.photos[: 0 if exercise else MOST_PHOTOS]
        ),
        event_id=event_id,
        exercise=exercise,
    )


def _believable(written: datetime, at: datetime) -> datetime:
    """When it was written; what cannot be true is taken as written just now."""
    return written if at - _BACK <= written <= at + _AHEAD else at
