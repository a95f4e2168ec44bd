"""Nothing under a hashtag is skipped, however late it shows, and a tag of years is not read whole."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Channel, ChannelBusy
from channels.by_hand import ByHand
from channels.mastodon_line import Line
from channels.mastodon_reading import OVERLAP
from channels.mastodon_searching import tagged
from channels.wire import Exchange
from tests.channels.channel_builders import an_account

BEGUN = datetime(2026, 11, 22, tzinfo=UTC)


class FakeServer:
    """Posts under one hashtag that arise at a second and can be seen some seconds later."""

    def __init__(self, arisen: list[tuple[int, int]], *, page: int = 3) -> None:
        self.arisen = arisen
        self.page = page
        self.now = 0
        self.requests = 0

    def timeline_hashtag(
        self, _tag: str, *, limit: int, min_id: str | None = None, max_id: str | None = None
    ) -> list[Any]:
        self.requests += 1
        seen = [
            {
                "id": str(number),
                "created_at": BEGUN + timedelta(seconds=second),
                "content": "",
                "account": {"id": "1"},
            }
            for number, (second, late) in enumerate(self.arisen, 1)
            if second + late <= self.now
            and number > int(min_id or 0)
            and (max_id is None or number < int(max_id))
        ]
        chosen = seen[: self.page] if min_id is not None else seen[-self.page :]
        return chosen[::-1]

    def collect(self, cursor: str, *, pages: int = 2) -> tuple[set[str], str]:
        """All there is from the cursor on, as the searching step asks for it."""
        line = Line(cast(Any, self), cast(Any, SimpleNamespace(last=Exchange())))
        found: set[str] = set()
        while True:
            page = tagged(line, "침수제보", cursor, BEGUN, pages=pages)
            found |= {post.remote_id for post in page.items}
            cursor = page.cursor
            if not page.more:
                return found, cursor


arrivals = st.lists(
    st.tuples(st.integers(-300, 300), st.integers(0, int(OVERLAP.total_seconds()) - 1)),
    max_size=40,
).map(lambda found: sorted(found, key=lambda one: one[0]))


@given(arrivals, st.lists(st.integers(0, 400), max_size=6).map(sorted))
def test_nothing_since_the_beginning_is_skipped_whenever_we_look(
    arisen: list[tuple[int, int]], looks: list[int]
) -> None:
    server, found, cursor = FakeServer(arisen), set[str](), ""
    for server.now in [*looks, 500]:
        new, cursor = server.collect(cursor)
        found |= new
    meant = {str(number) for number, (second, _) in enumerate(arisen, 1) if second >= 0}
    # one from before that shows later than a younger one is no loss: it tells of no event
    assert meant <= found


def test_a_hashtag_of_years_is_not_read_from_its_beginning() -> None:
    server = FakeServer([(-number, 0) for number in range(1_000, 0, -1)] + [(1, 0), (2, 0)])
    server.now = 10
    found, _ = server.collect("")
    assert found == {"1001", "1002"}
    assert server.requests < 5


def test_a_beginning_that_is_not_found_is_said_rather_than_guessed() -> None:
    server = FakeServer([(number, 0) for number in range(1_000)])
    server.now = 2_000
    with pytest.raises(ChannelBusy, match="침수제보"):
        server.collect("")


def test_a_network_that_cannot_search_finds_nothing() -> None:
    channel: Channel = ByHand()
    page = channel.search(an_account(), "침수제보", "here")
    assert (page.items, page.cursor, page.more) == ((), "here", False)
