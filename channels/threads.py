"""Threads, by Meta's Threads API."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pyfacebook import ThreadsGraphAPI

from channels import threads_reading as reading
from channels.base import (
    SKEW,
    ChannelError,
    Cursor,
    Health,
    Idempotency,
    InDoubt,
    LookBack,
    Message,
    Page,
    Post,
    Published,
    Trouble,
)
from channels.budget import Budget, Scope
from channels.known import of_another
from channels.meta import WATCHED, Meta
from channels.meta_container import Kind, Made, check_public, made, publish, shown
from channels.meta_line import Line
from channels.meta_reading import identified, page, swept
from channels.verdict import Doing
from registry.model import Account

PICTURES = 20
POSTING = frozenset({"threads_content_publish"})
_DAY = timedelta(days=1)
_CONTAINER = Kind(
    make="threads",
    publish="threads_publish",
    status="status",
    why="error_message",
    text="text",
    single={"media_type": "IMAGE"},
)


class Threads(Meta):
    """A Threads profile; the secret is its long-lived token, of 60 days, which can be renewed.

    Text: 500 characters, an emoji counts its UTF-8 bytes. Pictures: up to 20, which Threads
    fetches from a public address. Relay: reposts. Once: the container's id, kept before
    publishing, then asked what became of it; then our own posts and replies. Budgets: 250 posts
    and 1,000 replies, 100 deletions, 2,200 searches in 24 hours.
    """

    network = "threads"
    graph = "https://graph.threads.net"
    client = ThreadsGraphAPI
    version = "v1.0"
    look_back = LookBack.TIMELINE
    idempotency = Idempotency.NONE
    budgets = (
        # A path does not tell a reply from a post: what is too much of one kind, Threads refuses.
        Budget(
            name="publishing",
            scope=Scope.ACCOUNT,
            limit=1_250,
            window=_DAY,
            requests="^POST .*/threads_publish$",
        ),
        Budget(
            name="reposts", scope=Scope.ACCOUNT, limit=250, window=_DAY, requests="^POST .*/repost$"
        ),
        Budget(name="deletions", scope=Scope.ACCOUNT, limit=100, window=_DAY, requests="^DELETE "),
        Budget(
            name="searches",
            scope=Scope.ACCOUNT,
            limit=2_200,
            window=_DAY,
            requests="^GET .*/keyword_search",
        ),
    )

    def renew(self, account: Account) -> tuple[str, datetime] | None:
        """A new token for 60 days; the old one must be a day old, and not ended."""
        with self._watched(Doing.READING, account):
            return self._refreshed(self._line(account), ThreadsGraphAPI.refresh_access_token)

    def _fetch(self, account: Account, since: Cursor) -> Page[Post]:
        now = self._clock()
        return swept(reading.sources(self._line(account), now - WATCHED), since, now)

    def _search(
        self, account: Account, tag: str, since: Cursor, begun: datetime | None
    ) -> Page[Post]:
        source = reading.tagged(self._line(account), tag)
        return swept((source,), since, self._clock(), begun=begun)

    def _prepare(self, account: Account, message: Message) -> Made:
        if len(message.attachments) > PICTURES:
            raise ChannelError(f"{account.id}: Threads takes {PICTURES} pictures at most")
        check_public(account.id, message)
        more = {"reply_to_id": message.in_reply_to} if message.in_reply_to else {}
        return made(self._line(account), _CONTAINER, message, more, self._pause)

    def _publish(self, account: Account, message: Message, prepared: Made) -> Published:
        line = self._line(account)
        if prepared.out:
            return self._found(line, account, message)
        return shown(line, publish(line, _CONTAINER, prepared.id), message)

    def _found(self, line: Line, account: Account, message: Message) -> Published:
        """The post that an earlier try brought out. The container does not say what it became."""
        for post in reading.own_posts(line, message.at - SKEW):
            same = post.text.split() == message.text.split()
            if same and post.at >= message.at - SKEW and post.in_reply_to == message.in_reply_to:
                return post
        raise InDoubt(f"{account.id}: it is published, but not among the account's posts yet")

    def _repost(self, account: Account, remote_id: str) -> Published:
        told = self._line(account).post(remote_id, "repost")
        return reading.published({"id": identified(told), "reposted_post": {"id": remote_id}})

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        return reading.own_posts(self._line(account), since)

    def _thread(self, account: Account, remote_id: str) -> Iterator[Published]:
        return reading.own_below(self._line(account), remote_id)

    def _own(self, line: Line) -> list[str]:
        lists = ("threads", "replies")
        return [identified(each) for name in lists for each in page(line, "me", name, "id")[0]]

    def _controls(self, line: Line) -> list[str]:
        """Others' posts: that Threads shows us our own says nothing about theirs."""
        return [identified(each) for each in page(line, "me", "mentions", "id")[0]]

    def _check(self, account: Account) -> Health:
        line = self._line(account)
        name = line.get("me", "id,username").get("username")
        expires, scopes = self._expiry(line)
        missing = sorted(POSTING - scopes) if scopes else []
        reason = of_another(account.handle, str(name or ""))
        if not reason and missing:
            reason = f"{Trouble.FORBIDDEN}: the token lacks {', '.join(missing)}"
        return Health(
            reads=True,
            writes=not reason,
            name=str(name or ""),
            limit_left=self._posts_left(line, "threads_publishing_limit"),
            expires=expires,
            reason=reason,
        )


CHANNEL = Threads
