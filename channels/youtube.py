"""YouTube: the comments below the channel's own videos, by Google's client for the Data API v3.

Text: 10,000 characters. Pictures: none in a comment. Relay: none; a post in the community tab has
no API, so what answers nobody is put up by hand. Once: nothing is offered, so a reply in doubt is
looked for in its thread. Budget: 10,000 units a day for the whole app, a list costs 1, writing or
deleting 50; given anew at midnight Pacific time. Reading keeps to 8,000, so that an answer's 50
find room.
Source: the YouTube Data API's reference, and the discovery document in the library's wheel.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, NoReturn

from channels import youtube_reading as reading
from channels.base import (
    Channel,
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
from channels.credential import credential_parts
from channels.known import Known
from channels.wire import Timeouts, Wire
from channels.youtube_consent import WRITES, App, Tokens
from channels.youtube_line import Line, Lines
from registry.model import Account
from settings import Settings

_DAY = timedelta(days=1)
_SECRET = ("client_id", "client_secret", "refresh_token")


class YouTube(Channel):
    """Comments and answers to them. A thread is flat: whatever is answered, its first comment is."""

    network = "youtube"
    look_back = LookBack.THREAD
    comments = True
    idempotency = Idempotency.NONE
    budgets = (
        Budget(name="units", scope=Scope.APP, limit=10_000, window=_DAY, requests=r"^GET /youtube"),
        Budget(
            name="reading", scope=Scope.APP, limit=8_000, window=_DAY, requests=r"^GET /youtube"
        ),
        Budget(
            name="units",
            scope=Scope.APP,
            limit=10_000,
            window=_DAY,
            requests=r"^(POST|DELETE) /youtube",
            cost=50,
        ),
    )

    def __init__(
        self,
        settings: Settings,
        *,
        timeouts: Timeouts | None = None,
        origin: str = "https://youtube.googleapis.com",
        consent_origin: str = "https://oauth2.googleapis.com",
    ) -> None:
        self.settings = settings
        self._lines = Lines(
            timeouts or Timeouts(), origin, Tokens(consent_origin), Known(settings.var / "known")
        )

    def _way_out(self) -> Wire:
        return self._lines.wire

    def _line(self, account: Account) -> Line:
        return self._lines.to(App(**credential_parts(account.credential, self.settings, _SECRET)))

    def _fetch(self, account: Account, since: Cursor) -> Page[Post]:
        return reading.comments(self._line(account), since)

    def _missing(self, account: Account, remote_ids: Collection[str]) -> set[str]:
        return set(remote_ids) - reading.known(self._line(account), remote_ids).keys()

    def _prepare(self, account: Account, message: Message) -> None:
        if not message.in_reply_to:
            _by_hand(account)
        if message.attachments:
            raise ChannelError(f"{account.id}: a comment on YouTube holds no picture")
        self._line(account).token()  # while nothing can be in doubt

    def _publish(self, account: Account, message: Message, prepared: Any) -> Published:  # noqa: ARG002 (nothing is)
        line = self._line(account)
        body = {"snippet": {"parentId": _top(message.in_reply_to), "textOriginal": message.text}}
        return reading.published(line.ask(line.api.comments.insert(part="snippet", body=body)))

    def _delete(self, account: Account, remote_id: str) -> bool:
        line = self._line(account)
        found = reading.known(line, [remote_id]).get(remote_id)
        if found is None:
            return False
        if reading.author(found) != line.my_id():
            raise ChannelError(
                f"{account.id}: {remote_id} is not this channel's to delete", Trouble.FORBIDDEN
            )
        line.ask(line.api.comments.delete(id=remote_id))
        return True

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:  # noqa: ARG002 (an empty one would prove absence)
        raise ChannelError(f"{account.id}: YouTube lists no account's own comments")

    def _thread(self, account: Account, remote_id: str) -> Iterator[Published]:
        if not remote_id:
            _by_hand(account)
        line = self._line(account)
        me = line.my_id()
        for comment in reading.below(line, _top(remote_id)):
            if reading.author(comment) == me:
                yield reading.published(comment)

    def _photo(self, account: Account, photo: RemotePhoto) -> bytes:  # noqa: ARG002 (comments hold none)
        raise ChannelError(f"{account.id}: a comment on YouTube holds no picture", Trouble.GONE)

    def _check(self, account: Account) -> Health:
        line = self._line(account)
        line._me = {}  # whose consent it is may have changed
        name = str((line.me().get("snippet") or {}).get("title") or "")
        token = line.token()
        writes = not token.scopes or WRITES in token.scopes
        why = f"{Trouble.FORBIDDEN}: the consent lacks {WRITES}"
        return Health(
            reads=True,
            writes=writes,
            name=name,
            expires=token.consent_ends,
            reason="" if writes else why,
        )


def _top(remote_id: str | None) -> str:
    """The first comment of a thread: an answer's id is that of the first, a dot, and its own."""
    return (remote_id or "").partition(".")[0]


def _by_hand(account: Account) -> NoReturn:
    raise ChannelError(
        f"{account.id}: YouTube's community posts have no API: a person puts it up in YouTube "
        "Studio, and names the post's address",
        Trouble.BY_HAND,
    )


CHANNEL = YouTube
