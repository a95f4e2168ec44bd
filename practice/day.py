"""The scripted day: on first start the network is already lived in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from practice.accounts import Person
from practice.network import Network
from practice.pictures import keep
from practice.posting import Draft, publish
from practice.scenes import photo
from practice.tables import Marker, now

DAY = Path(__file__).resolve().parent / "day.json"
MARKER = "day"
A_DAY = timedelta(days=1)
DELETED_AFTER = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Script:
    """A day's people (handle to name) and posts, as `day.json` holds them."""

    people: Mapping[str, str]
    posts: list[dict[str, Any]]


def read(path: Path = DAY) -> Script:
    """The script of that file."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return Script({person["handle"]: person["name"] for person in told["people"]}, told["posts"])


def play(network: Network, script: Script, *, moment: datetime | None = None) -> int:
    """Write the day's posts, spread over the 24 hours that end at `moment`; how many there are.

    Once for ever: a network that has its day gets no second one. `moment` is aware, by default
    now. A post marked `deleted` is deleted `DELETED_AFTER` later, so that it is seen first.
    """
    ends = moment or now()
    if _played(network):
        return 0
    written: dict[str, int] = {}
    for post in script.posts:
        at = ends - A_DAY + _offset(post["at"])
        written[post["id"]] = _post(network, script, post, written, at)
        if post["deleted"]:
            _delete_later(network, post["by"], written[post["id"]], ends + DELETED_AFTER)
    with network.store.write() as connection:
        connection.execute(insert(Marker).values(name=MARKER, made_at=ends))
    return len(written)


def _offset(clock: str) -> timedelta:
    """How far into the day "HH:MM" is."""
    hours, minutes = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _post(
    network: Network,
    script: Script,
    post: dict[str, Any],
    written: Mapping[str, int],
    at: datetime,
) -> int:
    author = network.accounts.enrol(post["by"], name=script.people.get(post["by"], ""))
    draft = Draft(
        # Clients of such networks put the mention before a reply too, or nobody would be told.
        text=f"@{post['to']} {post['text']}".strip(),
        in_reply_to_id=written[post["reply_to"]] if post["reply_to"] else None,
        media_ids=_photos(network, author, post["photo"], at),
        place=post["place"],
    )
    # The key makes a first start that was broken off go on where it stopped.
    return publish(network, author, draft, key=f"day {post['id']}", moment=at).id


def _photos(
    network: Network, author: Person, told: dict[str, Any] | None, at: datetime
) -> list[int]:
    if told is None:
        return []
    gps = (told["gps"][0], told["gps"][1]) if told["gps"] else None
    return [keep(network, author, photo(told["scene"], gps), told["alt"], moment=at)]


def _played(network: Network) -> bool:
    with network.store.read() as session:
        return session.scalar(select(Marker.name).where(Marker.name == MARKER)) is not None


def _delete_later(network: Network, handle: str, status_id: int, at: datetime) -> None:
    with network.store.write() as connection:
        network.later.put_off(connection, "delete", at, {"handle": handle, "status_id": status_id})
