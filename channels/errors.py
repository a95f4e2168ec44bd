"""How a channel fails, named by what to do next: wait, ask a person, or look whether it is out."""

from enum import StrEnum


class Trouble(StrEnum):
    """What is wrong, for the page that asks a person to look."""

    REVOKED = "revoked"  # the network no longer takes our token
    FORBIDDEN = "forbidden"  # it knows us and says no
    GONE = "gone"  # the post or account that this is about no longer exists
    REFUSED = "refused"  # it does not take this message, or this photo
    BY_HAND = "by_hand"  # no program can do it on this network
    CREDENTIAL = "credential"  # we hold no token for this account
    SERVER = "server"  # the registry's address of the server is not right


class ChannelBusy(Exception):
    """Wait and try again: what was asked provably did not happen.

    `retry_after` is in seconds, where the network said so.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason, retry_after)
        self.reason = reason
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.reason


class ChannelError(Exception):
    """A person looks: it provably did not happen, and trying again will not help."""

    def __init__(self, reason: str, kind: Trouble = Trouble.REFUSED) -> None:
        super().__init__(reason, kind)
        self.reason = reason
        self.kind = kind

    def __str__(self) -> str:
        return self.reason


class InDoubt(Exception):
    """Only `publish` raises it: the message may or may not be out. Look back before sending again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
