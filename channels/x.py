"""X, by tweepy and its API v2, as the account itself (OAuth 1.0a)."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from channels import x_own as own
from channels import x_reading as reading
from channels.base import (
    Attachment,
    Channel,
    ChannelBusy,
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
from channels.budget import Budget, Scope
from channels.connecting import SignIn
from channels.credential import credential_parts
from channels.photo_host import MediaHosts, PhotoHost
from channels.wire import Timeouts, Wire
from channels.x_consent import PIN, Consent
from channels.x_ids import is_id, written
from channels.x_line import PARTS, Line, Lines
from channels.x_values import address, identified, published
from registry.model import Account
from settings import Settings

ORIGIN = "https://api.x.com"
MEDIA = MediaHosts(own="pbs.twimg.com")
ALT_LIMIT = 1_000
"""Letters of a picture's description."""
_QUARTER, _DAY = timedelta(minutes=15), timedelta(days=1)
_LINK = re.compile(r"https?://", re.IGNORECASE)

PRICES: Mapping[str, Decimal] = MappingProxyType(
    {
        "post read": Decimal("0.005"),
        "user read": Decimal("0.010"),
        "post created": Decimal("0.015"),
        "post with a link created": Decimal("0.200"),
        "repost": Decimal("0.015"),
        "post deleted": Decimal("0.010"),
        "picture described": Decimal("0.005"),
    }
)
"""US dollars for each, from docs.x.com/x-api/getting-started/pricing as it stood in autumn 2026.

The city must correct them by its own developer console: X changes them, sells own posts cheaper
($0.001), and charges what is read twice on one day (UTC) only once. So what is counted is the most
that it can be.
"""


def _of(
    name: str,
    limit: int,
    requests: str,
    scope: Scope = Scope.ACCOUNT,
    window: timedelta = _QUARTER,
) -> Budget:
    return Budget(name=name, scope=scope, limit=limit, window=window, requests=requests)


class X(Channel):
    """X (Twitter).

    Text: 280 weighted, 140 Hangul; a link 23 (`rules/measure.py`). Pictures: 4 of 5 MB, description
    of 1,000 letters. Relay: reposts; quoting is closed to programs. An answer by a program is taken
    only to a post that names or quotes us (X's rule of February 2026). Sent once: X knows no keys,
    and the same text answers 403 "duplicate content" without saying where it stands, so doubt ends
    by the account's own timeline. Source: docs.x.com, rate limits and pricing as of 2026-11;
    docs/networks/x.md.
    """

    network = "x"
    look_back = LookBack.TIMELINE
    idempotency = Idempotency.NONE
    budgets = (
        _of("posts", 100, r"^POST /2/tweets$"),
        _of("posts a day", 10_000, r"^POST /2/tweets$", Scope.APP, _DAY),
        _of("reposts", 50, r"^POST /2/users/\d+/retweets$"),
        _of("deletions", 50, r"^DELETE /2/tweets/"),
        _of("pictures", 500, r"^POST /2/media/upload$"),
        _of("descriptions", 500, r"^POST /2/media/metadata$"),
        _of("own timeline", 900, r"^GET /2/users/\d+/tweets$"),
        _of("mentions", 300, r"^GET /2/users/\d+/mentions$"),
        _of("search", 300, r"^GET /2/tweets/search/recent$"),
        _of("lookup", 5_000, r"^GET /2/tweets$"),
        _of("me", 75, r"^GET /2/users/me$"),
    )
    prices = PRICES

    def __init__(
        self,
        settings: Settings,
        *,
        origin: str = ORIGIN,
        timeouts: Timeouts | None = None,
        photo_host: PhotoHost | None = None,
    ) -> None:
        self.settings = settings
        self._origin = origin
        self._lines = Lines(timeouts or Timeouts(), origin, self._count)
        self._photo_host = photo_host or PhotoHost()

    def _count(self, what: str, amount: int) -> None:
        if amount:
            self.purse.count(self.network, what, amount)

    def _way_out(self) -> Wire:
        return self._lines.wire

    def _line(self, account: Account) -> Line:
        parts = credential_parts(account.credential, self.settings, PARTS)
        return self._lines.to(account.id, account.handle, parts)

    def _fetch(self, account: Account, since: Cursor) -> Page[Post]:
        return reading.mentions(self._line(account), since)

    def _search(
        self, account: Account, tag: str, since: Cursor, begun: datetime | None
    ) -> Page[Post]:
        return reading.tagged(self._line(account), tag, since, begun)

    def _missing(self, account: Account, remote_ids: Collection[str]) -> set[str]:
        return set(reading.deleted(self._line(account), remote_ids))

    def _prepare(self, account: Account, message: Message) -> list[str]:
        line = self._line(account)
        return [self._upload(line, attachment) for attachment in message.attachments]

    def _upload(self, line: Line, attachment: Attachment) -> str:
        media = line.api.upload(attachment.content(), attachment.mime)["data"]
        media_id = identified(media)
        if media.get("processing_info"):  # X does so with films; a picture is done at once
            raise ChannelBusy("X is still working on the picture", 60)
        if attachment.alt:
            line.api.describe(media_id, attachment.alt[:ALT_LIMIT])
            line.count("picture described", 1)
        return media_id

    def _publish(self, account: Account, message: Message, prepared: list[str]) -> Published:
        line = self._line(account)
        answer = line.api.create_tweet(
            text=message.text,
            in_reply_to_tweet_id=message.in_reply_to,
            media_ids=prepared or None,
            user_auth=True,
        )
        done = published(answer["data"], line.handle)
        linked = _LINK.search(message.text)
        line.count("post with a link created" if linked else "post created", 1)
        return done

    def _repost(self, account: Account, remote_id: str) -> Published:
        line = self._line(account)
        told = line.api.retweet(remote_id)["data"]
        if told["retweeted"] is not True:
            raise ValueError("X does not say that it was passed on")
        line.count("repost", 1)
        made = told.get("rest_id")
        if is_id(made) and made != remote_id:
            url, at = address(line.handle, made), written(made)
            return Published(remote_id=made, url=url, text="", at=at, shares=remote_id)
        return self._reposted(account, line, remote_id)

    def _reposted(self, account: Account, line: Line, remote_id: str) -> Published:
        """It is out, by X's word; whatever goes wrong now must not look as if it were not."""
        try:
            return next(post for post in own.newest(line) if post.shares == remote_id)
        except Exception as error:
            raise InDoubt(
                f"{account.id}: {remote_id} was passed on, but cannot be seen yet"
            ) from error

    def _delete(self, account: Account, remote_id: str) -> bool:
        line = self._line(account)
        try:
            deleted = line.api.delete_tweet(remote_id)["data"]["deleted"] is True
        except (ChannelBusy, ChannelError):
            raise
        except Exception:
            if self._lines.wire.last.status not in (403, 404):
                raise
            deleted = False
        if deleted:
            line.count("post deleted", 1)
        elif not self._missing(account, [remote_id]):
            raise ChannelError(
                f"{account.id}: {remote_id} still stands there and X does not delete it",
                Trouble.FORBIDDEN,
            )
        return deleted

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        return own.own_posts(self._line(account), since)

    def _thread(self, account: Account, remote_id: str) -> Iterator[Published]:
        return own.own_below(self._line(account), remote_id)

    def _photo(self, account: Account, photo: RemotePhoto) -> bytes:  # noqa: ARG002 (one host for all)
        return self._photo_host.fetch(photo.url, MEDIA)

    def _check(self, account: Account) -> Health:
        return own.health(self._line(account))

    def _sign_in(self, account: Account, given: Mapping[str, str]) -> SignIn:
        consent = Consent(self._lines.wire, self._origin, f"{account.id} (x)", given)
        return SignIn(address=consent.begin(), shown=PIN, redeem=consent.end)


CHANNEL = X
