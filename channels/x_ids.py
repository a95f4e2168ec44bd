"""X's ids carry their time: the upper bits are milliseconds since X's own epoch ("snowflake")."""

from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = 1_288_834_974_657
"""Milliseconds, 2010-11-04T01:42:54.657Z: where X's ids begin to count."""
_BELOW = 22
"""Bits under the time: the machine's number and a sequence."""
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


def is_id(value: Any) -> bool:
    """Whether X would take it for an id: up to 19 digits."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19


def written(remote_id: str) -> datetime:
    """When the post of this id was made, in UTC, to the millisecond."""
    return _UNIX + timedelta(milliseconds=(int(remote_id) >> _BELOW) + _EPOCH)


def id_at(moment: datetime) -> str:
    """The id below every id from this time on: what X calls `since_id`."""
    milliseconds = (moment - _UNIX) // timedelta(milliseconds=1) - _EPOCH
    return str(max(0, milliseconds) << _BELOW)
