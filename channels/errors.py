"""How a channel fails, named by what to do next: wait, ask a person, or look whether it is out."""

from enum import StrEnum


class Trouble(StrEnum):
    """What is wrong; `templates/causes.py` says each to people, with what to do."""

    REVOKED = "revoked"  # the network no longer takes our token
    FORBIDDEN = "forbidden"  # it knows us and says no
    GONE = "gone"  # the post or account that this is about no longer exists
    REFUSED = "refused"  # it does not take this message, or this photo
    BY_HAND = "by_hand"  # no program can do it on this network
    CREDENTIAL = "credential"  # we hold no token for this account
    SERVER = "server"  # the registry's address of the server is not right
    CLOSED = "closed"  # the account is closed or retired
    PHOTO = "photo"  # the answer's photo is missing
    BUSY = "busy"  # no usable answer now
    LIMITED = "limited"  # it was asked too often
    UNSURE = "unsure"  # it may or may not have happened
    ODD = "odd"  # an error that nobody expected, in the code rather than on the network


class _Failure(Exception):
    """`reason` is what happened in the network's words or ours, in English, for the detail."""

    reason: str
    kind: Trouble

    def __str__(self) -> str:
        return self.reason

    @property
    def cause(self) -> str:
        """What is written down: the kind, a colon, the reason; `templates.causes` reads it."""
        return f"{self.kind}: {self.reason}"


class ChannelBusy(_Failure):
    """Wait and try again: what was asked provably did not happen.

    `retry_after` is in seconds, where the network said so.
    """

    def __init__(
        self, reason: str, retry_after: float | None = None, kind: Trouble = Trouble.BUSY
    ) -> None:
        super().__init__(reason, retry_after, kind)
        self.reason = reason
        self.retry_after = retry_after
        self.kind = kind


class ChannelError(_Failure):
    """A person looks: it provably did not happen, and trying again will not help."""

    def __init__(self, reason: str, kind: Trouble = Trouble.REFUSED) -> None:
        super().__init__(reason, kind)
        self.reason = reason
        self.kind = kind


class InDoubt(_Failure):
    """Only `publish` raises it: the message may or may not be out. Look back before sending again."""

    kind = Trouble.UNSURE

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
