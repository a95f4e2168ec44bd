"""Bluesky, by atproto's client: a server holds our records, the network's index reads them."""

import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from atproto_client.exceptions import RequestErrorBase

from channels import bluesky_reading as reading
from channels import bluesky_writing as writing
from channels.base import (
    Channel,
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
    RemotePhoto,
    Trouble,
)
from channels.bluesky_line import Door, Line, Lines, name_of
from channels.bluesky_session import Blocks, Keeper, Login, Session, Sessions
from channels.bluesky_values import MEDIA_HOST, POSTS, REPOSTS, Uri, tid
from channels.budget import Budget, Scope
from channels.credential import credential_parts
from channels.photo_host import MediaHosts, PhotoHost
from channels.server import Server
from channels.verdict import Doing
from channels.wire import Timeouts
from channels.wire_httpx import HttpxWire
from registry.model import Account
from settings import Settings

ORIGIN = "https://bsky.social"
_CREATE, _DELETE = r"/com\.atproto\.repo\.createRecord$", r"/com\.atproto\.repo\.deleteRecord$"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_THERE_PERHAPS = frozenset({"InternalServerError", "RecordAlreadyExists"})
"""What a server says where a record stands under the key already. In 2026 it is the first, with
500, whatever went wrong (bluesky-social/atproto, issue 3718), so the record itself is asked for."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A record ready to be written under its key."""

    key: str
    record: dict[str, Any]


class Bluesky(Channel):
    """Accounts on bsky.social or on a server of their own.

    - text: 300 graphemes and 3,000 bytes in UTF-8; four pictures of 1,000,000 bytes, with words.
    - passed on: reposts, one of each post.
    - once: the record's key is made of the message's key and time, the record's time is the
      message's, and a record is only ever created: a second try finds the first one's record.
    - budgets: 5,000 points an hour and 35,000 a day an account (a new record 3, a deletion 1),
      3,000 requests in five minutes an address, 300 sessions a day an account, of which the
      network's front door has allowed only 100 (https://docs.bsky.app/docs/advanced-guides/rate-limits).
    """

    network = "bluesky"
    look_back = LookBack.TIMELINE
    idempotency = Idempotency.CHOSEN_ID
    budgets = (
        *(
            Budget(
                name=name, scope=Scope.ACCOUNT, limit=limit, window=window, requests=what, cost=n
            )
            for name, limit, window in (("hour", 5_000, _HOUR), ("day", 35_000, _DAY))
            for what, n in ((_CREATE, 3), (_DELETE, 1))
        ),
        Budget(name="requests", scope=Scope.ADDRESS, limit=3_000, window=timedelta(minutes=5)),
        Budget(
            name="sessions",
            scope=Scope.ACCOUNT,
            limit=100,
            window=_DAY,
            requests=r"/com\.atproto\.server\.createSession$",
        ),
    )

    def __init__(
        self,
        settings: Settings,
        *,
        timeouts: Timeouts | None = None,
        photo_host: PhotoHost | None = None,
        origin: str = ORIGIN,
        keeper: Keeper | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings
        self._origin = origin
        self._clock = clock
        self._lines = Lines(timeouts or Timeouts())
        self._sessions = Sessions(keeper or Blocks(), clock=lambda: clock().timestamp())
        self._photo_host = photo_host or PhotoHost()

    def _way_out(self) -> HttpxWire:
        return self._lines.wire

    def _login(self, account: Account) -> Login:
        parts = credential_parts(
            account.credential, self.settings, ("handle", "app_password"), optional=("server",)
        )
        server = account.server or parts.get("server") or self._origin
        return Login(
            name=account.credential,
            server=Server.of(server).origin,
            handle=parts["handle"].removeprefix("@"),
            app_password=parts["app_password"],
        )

    def _line(self, account: Account) -> Line:
        """The account's calls. Without a session nothing is published, so getting one is preparing."""
        login = self._login(account)
        where = f"{account.id} ({self.network})"
        client = self._lines.client(login.server)
        door = Door(client, where)

        def session() -> Session:
            with self._watched(Doing.PREPARING, account):
                return self._sessions.of(login, door)

        def renewed(stale: Session) -> Session:
            with self._watched(Doing.PREPARING, account):
                return self._sessions.renewed(login, door, stale)

        return Line(client, where, session, renewed)

    def _fetch(self, account: Account, since: Cursor) -> Page[Post]:
        return reading.mentions(self._line(account), since)

    def _search(
        self, account: Account, tag: str, since: Cursor, begun: datetime | None
    ) -> Page[Post]:
        return reading.tagged(self._line(account), tag, since, begun)

    def _missing(self, account: Account, remote_ids: Collection[str]) -> set[str]:
        return set(reading.deleted(self._line(account), remote_ids))

    def _prepare(self, account: Account, message: Message) -> _Draft:
        record = writing.post_record(self._line(account), message)
        return _Draft(tid(message.at, message.key), record)

    def _publish(self, account: Account, message: Message, prepared: _Draft) -> Published:
        uri = self._created(account, prepared)
        return Published(
            remote_id=str(uri),
            url=uri.url,
            text=message.text,
            at=message.at,
            in_reply_to=message.in_reply_to,
        )

    def _repost(self, account: Account, remote_id: str) -> Published:
        with self._watched(Doing.PREPARING, account):
            original = self._record_of(account, remote_id)
            now = self._clock()
            record = writing.repost_record(self._line(account), str(original), now)
        uri = self._created(account, _Draft(writing.repost_key(remote_id), record))
        return Published(
            remote_id=str(uri), url=original.url, text="", at=now, shares=str(original)
        )

    def _created(self, account: Account, draft: _Draft) -> Uri:
        """Where the record stands now, by this try or by an earlier one."""
        line = self._line(account)
        ours = Uri(line.did(), draft.record["$type"], draft.key)
        try:
            answer = line.procedure(
                "com.atproto.repo.createRecord",
                repo=ours.did,
                collection=ours.collection,
                rkey=ours.rkey,
                record=draft.record,
            )
        except RequestErrorBase as error:
            if name_of(error) not in _THERE_PERHAPS:
                raise
            self._find(account, line, ours, draft)
            return ours
        return Uri.of(answer.get("uri"))

    def _find(self, account: Account, line: Line, ours: Uri, draft: _Draft) -> None:
        """Make sure of the record after an answer that may mean that it stands. It may not."""
        unsure = InDoubt(f"{account.id} ({self.network}): the server failed to write {ours}")
        there = None
        with contextlib.suppress(Exception):  # whatever comes of this: the write stays in doubt
            there = reading.record(line, str(ours))
        if there is None:
            raise unsure
        if not writing.is_same(there, draft.record):
            raise ChannelError(f"{account.id}: another record stands at {ours}")

    def _delete(self, account: Account, remote_id: str) -> bool:
        line, uri = self._line(account), self._record_of(account, remote_id)
        if uri.did != line.did():
            raise ChannelError(
                f"{account.id}: {remote_id} is not this account's to delete", Trouble.FORBIDDEN
            )
        answer = line.procedure(
            "com.atproto.repo.deleteRecord",
            repo=uri.did,
            collection=uri.collection,
            rkey=uri.rkey,
        )
        return bool(answer.get("commit"))

    def _record_of(self, account: Account, remote_id: str) -> Uri:
        with contextlib.suppress(ValueError):
            uri = Uri.of(remote_id)
            if uri.collection in (POSTS, REPOSTS):
                return uri
        raise ChannelError(f"{account.id}: {remote_id[:100]!r} is no post of {self.network}")

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        return reading.own_posts(self._line(account), since)

    def _thread(self, account: Account, remote_id: str) -> Iterator[Published]:
        return reading.own_below(self._line(account), str(self._record_of(account, remote_id)))

    def _photo(self, account: Account, photo: RemotePhoto) -> bytes:  # noqa: ARG002 (one host for all)
        return self._photo_host.fetch(photo.url, MediaHosts(own=MEDIA_HOST))

    def _check(self, account: Account) -> Health:
        return reading.health(self._line(account), account.handle)


CHANNEL = Bluesky
