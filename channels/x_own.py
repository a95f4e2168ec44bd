"""What stands on X in our own name, read whole; and whether the account is in order."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from channels.errors import ChannelBusy, Trouble
from channels.known import of_another
from channels.model import Health, Published
from channels.x_ids import is_id
from channels.x_line import Line
from channels.x_pages import A_PAGE, pages
from channels.x_values import published, referenced, rows

TIMELINE_PAGES = 40
HISTORY = 3_000
"""X gives an account's newest 3,200 posts, deleted ones counted in: beyond, a reading is not whole."""
_OURS = {"tweet_fields": "conversation_id,created_at,entities,note_tweet,referenced_tweets"}


def own_posts(line: Line, since: datetime) -> Iterator[Published]:
    """Our posts, newest first, whole pages until one reaches past `since`.

    Always at least one page: our own clock may have been wrong when `since` was written.
    """
    read = 0
    for batch in _own_pages(line):
        found = [published(told, line.handle) for told in batch]
        yield from found
        read += len(found)
        if found and min(post.at for post in found) < since:
            return
    _check_whole(read)


def own_below(line: Line, remote_id: str) -> Iterator[Published]:
    """Our posts in this post's conversation that came after it.

    By our own timeline, which is whole; X's search by conversation is neither whole nor older than
    a week. A post below this one is younger, so it is found after this one's id. Whether what we
    said to another citizen there stands below it, X tells only post by post: it is given too.
    """
    told = [told for batch in _own_pages(line, since_id=remote_id) for told in batch]
    _check_whole(len(told))
    below = {remote_id, *_conversation(line, remote_id)}
    below |= {str(one.get("conversation_id")) for one in told if _answers(one) == remote_id}
    for one in told:
        if _answers(one) and (_answers(one) == remote_id or one.get("conversation_id") in below):
            yield published(one, line.handle)


def newest(line: Line) -> Iterator[Published]:
    """The first page of our posts."""
    for told in next(_own_pages(line)):
        yield published(told, line.handle)


def _answers(told: Any) -> str | None:
    return referenced(told, "replied_to")


def _conversation(line: Line, remote_id: str) -> Iterator[str]:
    """The conversation of a post, where it still stands."""
    answer = line.api.get_tweets([remote_id], user_auth=True, tweet_fields="conversation_id")
    line.count("post read", len(rows(answer)))
    for told in rows(answer):
        if is_id(told.get("conversation_id")):
            yield told["conversation_id"]


def _own_pages(line: Line, **bounds: str) -> Iterator[list[Any]]:
    """Our timeline with everything in it: `exclude` would cut it to 800 posts."""

    def ask(token: str | None) -> Any:
        return line.api.get_users_tweets(
            line.me, user_auth=True, max_results=A_PAGE, pagination_token=token, **bounds, **_OURS
        )

    for number, answer in enumerate(pages(ask), 1):
        if number > TIMELINE_PAGES:
            raise ChannelBusy(f"the timeline is longer than {TIMELINE_PAGES} pages")
        line.count("post read", len(rows(answer)))
        yield rows(answer)


def _check_whole(read: int) -> None:
    if read >= HISTORY:
        raise ChannelBusy("X gives no more than the newest 3,200 posts: this is not all there is")


def health(line: Line) -> Health:
    """Whether the tokens are this account's, and whether its app may write, by X's own header."""
    me = line.api.get_me(user_auth=True)["data"]
    line.count("user read", 1)
    name, handle = str(me.get("name") or ""), str(me.get("username") or "")
    reason = of_another(line.handle, handle)
    if not reason and line.api.access_level == "read":
        reason = f"{Trouble.FORBIDDEN}: the app may only read: give it 'Read and write' in X's developer console, then make new access tokens"
    return Health(
        reads=True,
        writes=not reason,
        name=name,
        limit_left=line.api.session.last.limit_left,
        reason=reason,
    )
