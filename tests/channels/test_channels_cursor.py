"""Nothing that is said to us is skipped, however late it shows, and every reading ends."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import ChannelBusy
from channels.mastodon_line import Line
from channels.mastodon_reading import OVERLAP, deleted, mentions, own_below, own_posts
from channels.wire import Exchange

MORNING = datetime(2026, 11, 22, tzinfo=UTC)


class Batch(list[Any]):
    """A page, with what its `Link` header told."""

    _pagination_next: dict[str, str] | None = None
    _pagination_prev: dict[str, str] | None = None


class FakeServer:
    """Notifications that arise at a second and can be seen some seconds later."""

    def __init__(self, arisen: list[tuple[int, int]], *, page: int = 3, links: bool = True) -> None:
        self.arisen = arisen
        self.page = page
        self.links = links
        self.now = 0
        self.requests = 0

    def notifications(self, *, types: list[str], min_id: str, limit: int) -> Batch:
        self.requests += 1
        seen = [
            note(number, second)
            for number, (second, late) in enumerate(self.arisen, 1)
            if second + late <= self.now and number > int(min_id)
        ]
        batch = Batch(reversed(seen[: self.page]))
        if batch and self.links:
            batch._pagination_prev = {"min_id": batch[0]["id"]}
            batch._pagination_next = {"max_id": batch[-1]["id"]}
        return batch

    @property
    def line(self) -> Line:
        return Line(cast(Any, self), cast(Any, SimpleNamespace(last=Exchange())))


def note(number: int, second: int) -> dict[str, Any]:
    at = MORNING + timedelta(seconds=second)
    return {"id": str(number), "created_at": at, "status": status(f"s{number}", at)}


def status(remote_id: str, at: datetime = MORNING, author: str = "1") -> dict[str, Any]:
    return {"id": remote_id, "created_at": at, "content": "", "account": {"id": author}}


def collect(server: FakeServer, cursor: str, pages: int = 2) -> tuple[set[str], str]:
    """All there is from the cursor on, as the collecting step asks for it."""
    found: set[str] = set()
    while True:
        page = mentions(server.line, cursor, pages=pages)
        found |= {post.remote_id for post in page.items}
        cursor = page.cursor
        if not page.more:
            return found, cursor


arrivals = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, int(OVERLAP.total_seconds()) - 1)), max_size=40
).map(lambda found: sorted(found, key=lambda one: one[0]))


@given(arrivals, st.lists(st.integers(0, 400), max_size=6).map(sorted), st.booleans())
def test_nothing_is_skipped_whenever_we_look_and_however_late_it_shows(
    arisen: list[tuple[int, int]], looks: list[int], links: bool
) -> None:
    server, cursor, found = FakeServer(arisen, links=links), "", set()
    for server.now in [*looks, 1000]:
        new, cursor = collect(server, cursor)
        found |= new

    assert found == {f"s{number}" for number in range(1, len(arisen) + 1)}


@given(st.integers(0, 60), st.integers(1, 4))
def test_a_burst_longer_than_one_call_is_read_to_its_end(size: int, pages: int) -> None:
    server = FakeServer([(0, 0)] * size)

    found, _ = collect(server, "", pages)

    assert len(found) == size


def test_a_quiet_account_costs_two_requests_and_tells_its_last_minute_again() -> None:
    server = FakeServer([(0, 0), (100, 0)])
    server.now = 1000
    _, cursor = collect(server, "")
    server.requests = 0

    found, again = collect(server, cursor)

    assert (found, again, server.requests) == ({"s2"}, cursor, 2)


def test_a_server_that_ignores_the_cursor_is_not_read_for_ever() -> None:
    server = FakeServer([])
    stubborn = [note(1, 0), note(2, 0)]
    server.notifications = lambda **_: Batch(stubborn)  # type: ignore[method-assign]  # a stubborn one

    assert collect(server, "")[0] == {"s1", "s2"}
    assert collect(server, "2")[0] == set()


class FakeTimeline:
    """An account's posts, one each minute, the newest first."""

    def __init__(self, size: int, *, stuck: bool = False) -> None:
        self.posts = [status(str(n), MORNING + timedelta(minutes=n)) for n in range(size, 0, -1)]
        self.stuck = stuck
        self.requests = 0

    def account_verify_credentials(self) -> dict[str, str]:
        return {"id": "1"}

    def account_statuses(self, who: str, *, max_id: str | None, limit: int, **_: Any) -> Batch:
        self.requests += 1
        older = [post for post in self.posts if max_id is None or int(post["id"]) < int(max_id)]
        return Batch((self.posts if self.stuck else older)[:limit])

    @property
    def line(self) -> Line:
        return Line(cast(Any, self), cast(Any, SimpleNamespace(last=Exchange())))


@given(st.integers(1, 200), st.integers(-10, 220))
def test_a_timeline_holds_everything_from_the_time_on(size: int, minute: int) -> None:
    since = MORNING + timedelta(minutes=minute)

    read = {int(post.remote_id) for post in own_posts(FakeTimeline(size).line, since)}

    assert read >= {n for n in range(1, size + 1) if n >= minute}


def test_a_timeline_is_read_no_further_than_needed() -> None:
    server = FakeTimeline(400)

    list(own_posts(server.line, MORNING + timedelta(minutes=390)))

    assert server.requests == 1


def test_a_timeline_that_repeats_itself_is_not_taken_for_read() -> None:
    with pytest.raises(ChannelBusy, match="same page"):
        list(own_posts(FakeTimeline(80, stuck=True).line, MORNING - timedelta(days=1)))


def test_a_timeline_too_long_to_read_is_not_taken_for_read() -> None:
    with pytest.raises(ChannelBusy, match="longer than"):
        list(own_posts(FakeTimeline(9000).line, MORNING - timedelta(days=1)))


def test_a_thread_that_the_server_cut_is_not_taken_for_read() -> None:
    server = FakeTimeline(0)
    server.status_context = lambda _: {"descendants": [status(str(n)) for n in range(4096)]}  # type: ignore[attr-defined]  # only here

    with pytest.raises(ChannelBusy, match="too long"):
        list(own_below(server.line, "1"))


def test_no_post_is_asked_for_when_there_are_none() -> None:
    assert list(deleted(FakeTimeline(0).line, [])) == []
