"""An answer too long for one post: cut, or a thread where the registry asks for one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.model import Network
from rules.outbox import DeliveryState
from rules.text import TEXT_RULES, fits
from store.engine import Store
from store.hands import settle_behind
from store.messages import MOST_PARTS, as_sent, say
from store.outbox import failed
from store.tables import Delivery, MessageKind
from tests import builders
from tests.builders import NOW, small_registry

MARKER = "[2026-000123-2]"
LONG = "현장을 확인하고 신호등의 전구를 바꾸었습니다. " * 12
ACCOUNT = replace(small_registry().accounts["x_seoul"], in_parts=True)


def test_a_short_answer_is_one_post_either_way() -> None:
    (part,) = as_sent(ACCOUNT, "citizen", "고쳤습니다.", MARKER)

    assert part.text == f"@citizen 고쳤습니다. {MARKER}"


def test_without_the_registrys_wish_a_long_answer_is_cut() -> None:
    (part,) = as_sent(
        replace(ACCOUNT, in_parts=False), "citizen", LONG, MARKER, "전체: https://a.kr"
    )

    assert part.text.endswith(f"전체: https://a.kr {MARKER}")


def test_a_long_answer_becomes_a_thread_whose_parts_are_told_apart() -> None:
    parts = as_sent(ACCOUNT, "citizen", LONG, MARKER)

    assert 1 < len(parts) <= MOST_PARTS
    assert [part.marker for part in parts][:2] == [MARKER, "[2026-000123-2/2]"]
    for part in parts:
        assert [other for other in parts if part.marker in other.text] == [part]


def test_what_would_be_a_long_thread_is_cut() -> None:
    assert len(as_sent(ACCOUNT, "citizen", LONG * 10, MARKER, "전체: https://a.kr")) == 1


@given(
    st.text(min_size=1, max_size=1_500),
    st.sampled_from([Network.X, Network.BLUESKY, Network.MASTODON, Network.THREADS]),
)
def test_every_part_fits_whatever_is_answered(body: str, network: Network) -> None:
    account = replace(ACCOUNT, network=network)

    for part in as_sent(account, "citizen", body, MARKER, "전체: https://a.kr/c/1234"):
        assert fits(part.text, TEXT_RULES[network])
        assert part.marker in part.text


@pytest.fixture
def thread(store: Store) -> list[Delivery]:
    """An answer in parts, queued."""
    registry = small_registry()
    registry = replace(registry, accounts={**registry.accounts, ACCOUNT.id: ACCOUNT})
    with store.write() as session:
        case = builders.case(session)
        return say(
            session, case, MessageKind.ANSWER, LONG, registry=registry, by="w@x.example", at=NOW
        )


def test_the_first_part_answers_the_citizen_and_each_other_the_one_before(
    thread: list[Delivery],
) -> None:
    assert [row.part for row in thread] == list(range(1, len(thread) + 1))
    assert thread[0].in_reply_to
    assert not any(row.in_reply_to for row in thread[1:])
    assert len({row.key for row in thread}) == len(thread)


def test_what_follows_a_refused_part_is_a_persons_matter_too(
    store: Store, thread: list[Delivery]
) -> None:
    with store.write() as session:
        first = session.get_one(Delivery, thread[0].id)
        first.state, first.holder = DeliveryState.IN_FLIGHT, "me"
        session.flush()
        failed(session, first.id, "refused: 403", holder="me", at=NOW)
        settle_behind(session, at=NOW)

    with store.read() as session:
        states = {session.get_one(Delivery, row.id).state for row in thread[1:]}
    assert states == {DeliveryState.NEEDS_PERSON}
