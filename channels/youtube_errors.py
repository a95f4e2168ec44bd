"""What YouTube's errors mean: Google's words for them, as one table."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from googleapiclient.errors import HttpError

from channels.errors import ChannelBusy, ChannelError, Trouble
from channels.wire import Wire

A_RATE = 60.0
"""Seconds to wait where YouTube says that it was asked too fast; it does not say how long."""
_PACIFIC = ZoneInfo("America/Los_Angeles")

# Reasons as Google's documentation of each method names them, and what its token endpoint says.
# What is not here is read by its status.
_TROUBLES: Mapping[str, Trouble] = {
    "invalid_grant": Trouble.REVOKED,
    "invalid_client": Trouble.REVOKED,
    "unauthorized_client": Trouble.REVOKED,
    "authError": Trouble.REVOKED,
    "forbidden": Trouble.FORBIDDEN,
    "commentsDisabled": Trouble.FORBIDDEN,
    "insufficientPermissions": Trouble.FORBIDDEN,
    "ineligibleAccount": Trouble.FORBIDDEN,
    "accessNotConfigured": Trouble.FORBIDDEN,
    "commentNotFound": Trouble.GONE,
    "parentCommentNotFound": Trouble.GONE,
    "videoNotFound": Trouble.GONE,
    "channelNotFound": Trouble.GONE,
}
_A_DAY = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_A_MINUTE = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_UNSURE = frozenset({"processingFailure"})  # a 400, though nobody says that nothing was done


class Stale(Exception):
    """A page token that is not taken any more."""


def failed(reason: str, wire: Wire) -> Exception | None:
    """What a reason on this wire means; nothing where its status says enough."""
    said = f"YouTube: {reason}. {wire.last.reason}"
    if reason in _A_DAY:
        return ChannelBusy(said, until_midnight_pacific(datetime.now(UTC)), Trouble.LIMITED)
    if reason in _A_MINUTE:
        return ChannelBusy(said, wire.last.retry_after or A_RATE, Trouble.LIMITED)
    if reason == "invalidPageToken":
        return Stale(said)
    if reason in _TROUBLES:
        return ChannelError(said, _TROUBLES[reason])
    if reason in _UNSURE:
        wire.last = replace(wire.last, status=None, reason=said)
    return None


def reason_in(told: Any) -> str:
    """Google's word for what went wrong: `{"error": {"errors": [{"reason": …}]}}`, or an OAuth one."""
    error = told.get("error") if isinstance(told, dict) else None
    if isinstance(error, str):
        return error
    errors = error.get("errors") if isinstance(error, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    reason = first.get("reason") if isinstance(first, dict) else None
    return reason if isinstance(reason, str) else ""


def body_of(error: HttpError) -> Any:
    try:
        return json.loads(error.content)
    except ValueError:
        return None


def until_midnight_pacific(now: datetime) -> float:
    """Seconds until the day's quota is given anew."""
    here = now.astimezone(_PACIFIC)
    day = here.date() + timedelta(days=1)
    midnight = datetime(day.year, day.month, day.day, tzinfo=_PACIFIC)
    return (midnight.astimezone(UTC) - now).total_seconds()
