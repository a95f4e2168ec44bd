"""What Facebook pages, Instagram and Threads have in common: Meta's Graph API."""

import time
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from pyfacebook import FacebookError, GraphAPI

from channels.base import Channel, ChannelBusy, ChannelError, RemotePhoto, Trouble
from channels.credential import credential
from channels.known import Known
from channels.meta_errors import gone, meant
from channels.meta_line import Line, Lines
from channels.meta_reading import deleted, inner, page, stands
from channels.photo_host import MediaHosts, PhotoHost
from channels.verdict import Doing
from channels.wire import Timeouts, Wire
from registry.model import Account
from settings import Settings

WATCHED = timedelta(days=30)
"""How long comments below a post are looked for."""
_MEDIA = ("fbcdn.net", "cdninstagram.com")


def now() -> datetime:
    return datetime.now(UTC)


class Meta(Channel):
    """One of Meta's networks, on python-facebook-api, whose waiting and retrying is off.

    The token goes in a header. Errors are read by their code: `channels/meta_errors.py`.
    """

    graph: ClassVar[str]  # the network's origin
    client: ClassVar[type[GraphAPI]] = GraphAPI
    version: ClassVar[str] = "v24.0"

    def __init__(
        self,
        settings: Settings,
        *,
        origin: str = "",
        timeouts: Timeouts | None = None,
        photo_host: PhotoHost | None = None,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.settings = settings
        self._origin = origin
        self._lines = Lines(
            timeouts or Timeouts(), self.client, self.version, Known(settings.var / "known")
        )
        self._photo_host = photo_host or PhotoHost()
        self._pause = pause
        self._clock = clock

    def renew(self, account: Account) -> tuple[str, datetime] | None:  # noqa: ARG002 (a hook)
        """A new secret for the account and when it ends, where the network gives one; else None.

        Fails like reading: `ChannelBusy`, `ChannelError`.
        """
        return None

    def _secret(self, account: Account) -> tuple[str, str]:
        """The account's token, and what it is called in a path."""
        return credential(account.credential, self.settings), "me"

    def _home(self, token: str) -> str:  # noqa: ARG002 (a hook: Instagram has two origins)
        return self._origin or self.graph

    def _line(self, account: Account) -> Line:
        token, node = self._secret(account)
        return self._lines.to(self._home(token), account.id, token, node)

    def _way_out(self) -> Wire:
        return self._lines.wire

    @contextmanager
    def _watched(self, doing: Doing, account: Account) -> Iterator[None]:
        with super()._watched(doing, account):
            self._lines.usage.regain = None
            try:
                yield
            except FacebookError as error:
                where = f"{account.id} ({account.network})"
                ended, regain = self._lines.wire.last, self._lines.usage.regain
                raise meant(doing, error, ended, where, regain) from error

    @abstractmethod
    def _own(self, line: Line) -> list[str]:
        """Ids of a few of the account's own posts, the newest."""

    def _controls(self, line: Line) -> list[str]:
        """Ids that should stand, of the kind of what citizens write."""
        return self._own(line)

    def _missing(self, account: Account, remote_ids: Collection[str]) -> set[str]:
        line = self._line(account)
        return deleted(line, remote_ids, lambda: self._controls(line))

    def _delete(self, account: Account, remote_id: str) -> bool:
        line = self._line(account)
        try:
            told = line.api.delete_object(object_id=remote_id)
        except FacebookError as error:
            if not gone(error):
                raise
            self._check_gone(line, account, remote_id)
            return False
        if told.get("success") is not True:
            raise ValueError("the answer does not say that it was deleted")
        return True

    def _check_gone(self, line: Line, account: Account, remote_id: str) -> None:
        """Meta says "no such object" also of what no program may delete, or see."""
        own = self._own(line)
        if remote_id in own or stands(line, remote_id):
            raise ChannelError(
                f"{account.id}: {remote_id} still stands, and Meta lets no program delete it",
                Trouble.BY_HAND,
            )
        if own and not stands(line, own[0]):
            raise ChannelBusy(f"{account.id}: {self.network} finds none of our posts just now")

    def _photo(self, account: Account, photo: RemotePhoto) -> bytes:  # noqa: ARG002 (one host for all)
        own = next((host for host in _MEDIA if f".{host}/" in photo.url), _MEDIA[0])
        return self._photo_host.fetch(photo.url, MediaHosts(own=own))

    def _posts_left(self, line: Line, edge: str) -> int | None:
        """Posts that may still be published today; None where the answer does not say."""
        found = page(line, line.node, edge, "config,quota_usage")[0]
        first = found[0] if found else {}
        used, total = inner(first, "quota_usage"), inner(first, "config", "quota_total")
        if not (isinstance(used, int) and isinstance(total, int)):
            return None
        return max(0, total - used)

    def _refreshed(
        self, line: Line, refresh: Callable[[GraphAPI, str], dict[str, Any]]
    ) -> tuple[str, datetime]:
        """A new token and when it ends. Raises `ValueError` where the answer holds none."""
        told = refresh(line.api, line.api.access_token)
        fresh, seconds = told.get("access_token"), told.get("expires_in")
        if not isinstance(fresh, str) or not fresh or not isinstance(seconds, int):
            raise ValueError("the answer holds no new token")
        return fresh, self._clock() + timedelta(seconds=seconds)

    def _expiry(self, line: Line) -> tuple[datetime | None, frozenset[str]]:
        """When the token ends (None: never, or unsaid), and its permissions where they are told."""
        told: Any = {}
        with suppress(FacebookError):  # not every token may ask about itself
            told = line.api.debug_token(input_token=line.api.access_token).get("data")
        told = told if isinstance(told, dict) else {}
        ends, scopes = told.get("expires_at"), told.get("scopes")
        known = isinstance(ends, int) and 0 < ends < 1 << 33
        return (
            datetime.fromtimestamp(ends, UTC) if known else None,
            frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset(),
        )
