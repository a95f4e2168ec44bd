"""The channel of a network that no program can reach yet: it reads nothing and asks a person."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NoReturn

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
from registry.model import Account


class ByHand(Channel):
    """Collects nothing. Whatever has to be done there becomes a person's task."""

    network = "by_hand"
    look_back = LookBack.NONE
    idempotency = Idempotency.NONE

    def _fetch(self, account: Account, since: Cursor) -> Page[Post]:  # noqa: ARG002 (nothing to read)
        return Page(items=(), cursor=since)

    def _missing(self, account: Account, remote_ids: Collection[str]) -> set[str]:  # noqa: ARG002 (nothing to read)
        return set()

    def _publish(self, account: Account, message: Message, prepared: Any) -> Published:  # noqa: ARG002 (never published)
        _ask(account)

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:  # noqa: ARG002 (an empty one would prove absence)
        _ask(account)

    def _thread(self, account: Account, remote_id: str) -> Iterator[Published]:  # noqa: ARG002 (as above)
        _ask(account)

    def _photo(self, account: Account, photo: RemotePhoto) -> bytes:  # noqa: ARG002 (no posts, no photos)
        _ask(account)

    def _check(self, account: Account) -> Health:
        why = f"{Trouble.BY_HAND}: {_reason(account)}"
        return Health(reads=False, writes=False, name=account.name, reason=why)


def _ask(account: Account) -> NoReturn:
    raise ChannelError(_reason(account), Trouble.BY_HAND)


def _reason(account: Account) -> str:
    return f"{account.id}: no channel for {account.network} yet: by hand"
