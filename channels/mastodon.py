"""Any server that speaks the Mastodon client API, by Mastodon.py."""

import time
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from mastodon import MastodonAPIError

from channels import mastodon_reading as reading
from channels import mastodon_searching as searching
from channels.base import (
    Attachment,
    Channel,
    ChannelBusy,
    ChannelError,
    Cursor,
    Health,
    Idempotency,
    LookBack,
    Message,
    Page,
    Post,
    Published,
    RemotePhoto,
    Trouble,
)
from channels.budget import Budget, Scope
from channels.credential import credential
from channels.mastodon_line import Line, Lines
from channels.mastodon_values import identified, published
from channels.photo_host import MediaHosts, PhotoHost
from channels.server import Server
from channels.wire import Timeouts, Wire
from registry.model import Account
from settings import Settings

MEDIA_WAITS = (0.5, 1.0, 2.0, 4.0)
"""Seconds between looks at a picture that the server is still working on."""


class Mastodon(Channel):
    """Any server that speaks the Mastodon client API.

    `publish` sends `message.text` as it is: whom it answers must be mentioned in it already.
    """

    network = "mastodon"
    look_back = LookBack.TIMELINE
    idempotency = Idempotency.KEY
    budgets: ClassVar[tuple[Budget, ...]] = (
        Budget(name="requests", scope=Scope.ACCOUNT, limit=300, window=timedelta(minutes=5)),
        Budget(name="requests", scope=Scope.ADDRESS, limit=300, window=timedelta(minutes=5)),
        Budget(
            name="media",
            scope=Scope.ACCOUNT,
            limit=30,
            window=timedelta(minutes=30),
            requests="^POST /api/v[12]/media$",
        ),
        Budget(
            name="deletions",
            scope=Scope.ACCOUNT,
            limit=30,
            window=timedelta(minutes=30),
            requests="^DELETE /api/v1/statuses/",
        ),
    )
    """Mastodon's own defaults (config/initializers/rack_attack.rb); a server may ask less."""
    media_hosts: frozenset[str] = frozenset()
    proxied = True  # by the proxy of the environment, where there is one

    def __init__(
        self,
        settings: Settings,
        *,
        timeouts: Timeouts | None = None,
        photo_host: PhotoHost | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self._lines = Lines(timeouts or Timeouts(), proxied=self.proxied)
        self._photo_host = photo_host or PhotoHost()
        self._pause = pause

    def origin(self, account: Account) -> str:
        """Where the account's server is, such as `https://mastodon.example`."""
        return Server.of(account.server).origin

    def handle(self, account: Account) -> str:
        """As whom its secret must answer; "" where that is not asked."""
        return account.handle

    def token(self, account: Account) -> str:
        return credential(account.credential, self.settings)

    def hosts(self, account: Account) -> MediaHosts:
        """Where its citizens' pictures may be fetched from."""
        return MediaHosts(own=Server.of(account.server).host, named=self.media_hosts)

    def _way_out(self) -> Wire:
        return self._lines.wire

    def _line(self, account: Account) -> Line:
        return self._lines.to(self.origin(account), account.id, self.token(account))

    def _fetch(self, account: Account, since: Cursor) -> Page[Post]:
        return reading.mentions(self._line(account), since)

    def _search(
        self, account: Account, tag: str, since: Cursor, begun: datetime | None
    ) -> Page[Post]:
        return searching.tagged(self._line(account), tag, since, begun)

    def _missing(self, account: Account, remote_ids: Collection[str]) -> set[str]:
        line = self._line(account)
        gone = set(reading.deleted(line, remote_ids))
        if gone:  # a server that no longer knows us answers 404 too, and that proves nothing
            line.api.account_verify_credentials()
        return gone

    def _prepare(self, account: Account, message: Message) -> list[str]:
        line = self._line(account)
        return [self._upload(line, attachment) for attachment in message.attachments]

    def _upload(self, line: Line, attachment: Attachment) -> str:
        try:
            file = attachment.path.open("rb")
        except OSError as error:
            name = attachment.path.name
            raise ChannelError(f"the picture {name} cannot be read: {error.strerror}") from error
        with file:
            name = attachment.path.name
            media = line.api.media_post(file, attachment.mime, attachment.alt, file_name=name)
        for seconds in MEDIA_WAITS:
            if media["url"]:
                return identified(media)
            self._pause(seconds)
            media = line.api.media(identified(media))
        raise ChannelBusy("the server is still working on the picture", 60)

    def _publish(self, account: Account, message: Message, prepared: list[str]) -> Published:
        status = self._line(account).api.status_post(
            message.text,
            in_reply_to_id=message.in_reply_to,
            media_ids=prepared or None,
            visibility="public",
            language=message.language,
            idempotency_key=message.key,
        )
        return published(status)

    def _repost(self, account: Account, remote_id: str) -> Published:
        return published(self._line(account).api.status_reblog(remote_id))

    def _delete(self, account: Account, remote_id: str) -> bool:
        line = self._line(account)
        try:
            line.api.status_delete(remote_id)
        except MastodonAPIError:
            if line.wire.last.status not in reading.GONE:
                raise
            self._check_gone(account, remote_id)
            return False
        return True

    def _check_gone(self, account: Account, remote_id: str) -> None:
        """A server answers 404 for another account's post too, to those it knows no longer, and
        where it lets nobody delete by program, as snac does."""
        if self._missing(account, [remote_id]):
            return
        line = self._line(account)
        if str(line.api.status(remote_id)["account"]["id"]) == line.me():
            raise ChannelError(
                f"{account.id}: the server deletes no posts by program; {remote_id} still stands",
                Trouble.BY_HAND,
            )
        raise ChannelError(
            f"{account.id}: {remote_id} still stands there and is not this account's to delete",
            Trouble.FORBIDDEN,
        )

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        return reading.own_posts(self._line(account), since)

    def _thread(self, account: Account, remote_id: str) -> Iterator[Published]:
        return reading.own_below(self._line(account), remote_id)

    def _photo(self, account: Account, photo: RemotePhoto) -> bytes:
        return self._photo_host.fetch(photo.url, self.hosts(account))

    def _check(self, account: Account) -> Health:
        return reading.health(self._line(account), self.handle(account))


CHANNEL = Mastodon
