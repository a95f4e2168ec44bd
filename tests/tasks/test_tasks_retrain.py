"""A better router takes over, a worse one does not; and what citizens withdraw is in none."""

import io
from collections.abc import Iterable
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from registry.model import Example
from routing.ngrams import Batch
from routing.retrain import ENOUGH
from store.posts import erase
from store.tables import Case, Model, Post
from tasks.retrain import retrain
from tasks.router import router
from tasks.workplace import Workplace
from tests import builders
from tests.builders import Clock
from tests.tasks.conftest import Settle

SECRET = "쀍뛟 놀이터 그네 쀍뛟 줄이 끊어졌어요"
#: A piece of it that no other text has; none of its letters is in another.
PIECE = "쀍뛟"


@pytest.fixture
def place(at_work: Settle, clock: Clock) -> Workplace:
    """A city whose router was made before anything was taught."""
    place = at_work(now=clock)
    examples = tuple(
        Example(text=f"{word} {what}", office=office)
        for office, word in (("traffic", "신호등이"), ("road", "도로가"), ("metro", "지하철이"))
        for what in ("꺼졌어요", "고장났어요", "이상해요", "위험해요", "안 돼요", "망가졌어요")
    )
    place.__dict__["registry"] = builders.small_registry(examples=examples)
    router(place)
    clock.pass_(hours=1)
    return place


def taught(place: Workplace, text: str = SECRET, office: str = "road") -> Post:
    """A person said which office answers this."""
    with place.store.write() as session:
        case = builders.case(session, text=text, created_at=place.now())
        builders.desk(session, at=place.now()).to_triage(case, why="unsure")
        builders.desk(session, who=builders.COMMS, at=place.now()).route(case, office)
        return session.scalars(select(Post).where(Post.case_id == case.id)).one()


def withdrawn(place: Workplace, post: Post) -> None:
    with place.store.write() as session:
        erase(session, session.get_one(Post, post.id), at=place.now())


def models(place: Workplace) -> list[Model]:
    with place.store.read() as session:
        return list(session.scalars(select(Model).order_by(Model.id)))


def knows(model: Model) -> bool:
    """Whether the router's pieces of texts hold one of the citizen's."""
    if not model.content:
        return False
    pieces = np.setdiff1d(Batch.of([PIECE]).occurrences().gram, Batch.of([""]).occurrences().gram)
    with np.load(io.BytesIO(model.content)) as file:
        return bool(np.isin(pieces, file["grams"]).any())


def test_a_router_that_knew_a_withdrawn_text_is_trained_again_though_no_newer_one_is_good_enough(
    place: Workplace, clock: Clock
) -> None:
    post = taught(place)
    with place.store.write() as session:
        session.delete(session.scalars(select(Model)).one())
    clock.pass_(minutes=1)
    router(place)
    (learned,) = models(place)
    clock.pass_(hours=5)
    withdrawn(place, post)
    clock.pass_(hours=5)
    outcome = retrain(place)
    assert (outcome.replaced, outcome.forgot) == (False, True)
    before, after = models(place)
    assert (before.in_use, before.content, after.in_use) == (False, b"", True)
    assert knows(learned)
    assert not knows(after)
    assert after.learned_until == learned.learned_until, "what was decided since still compares"
    clock.pass_(days=1)
    assert not retrain(place).forgot


def test_a_text_that_no_router_learned_trains_none_again(place: Workplace, clock: Clock) -> None:
    post = taught(place)
    withdrawn(place, post)
    clock.pass_(hours=5)
    assert not retrain(place).forgot
    assert len(models(place)) == 1


def test_a_router_that_another_took_the_place_of_is_erased(place: Workplace, clock: Clock) -> None:
    with place.store.write() as session:
        old = session.scalars(select(Model)).one()
        old.in_use = False
        session.flush()
    clock.pass_(hours=1)
    router(place)
    retrain(place)
    assert [bool(model.content) for model in models(place)] == [False, True]
    assert timedelta() < models(place)[1].made_at - models(place)[0].made_at


def test_the_case_stays_taught_while_another_post_of_it_stands(
    place: Workplace, clock: Clock
) -> None:
    post = taught(place)
    with place.store.write() as session:
        other = builders.post(session, text="저도 그 도로 봤어요", created_at=place.now())
        session.get_one(Post, other.id).case_id = session.scalars(select(Case.id)).one()
        session.delete(session.scalars(select(Model)).one())
    clock.pass_(minutes=1)
    router(place)
    withdrawn(place, post)
    clock.pass_(hours=1)
    assert retrain(place).forgot
    assert not any(knows(model) for model in models(place))


#: Newest labels that a comparison needs, and as many earlier ones to learn from.
ENOUGH_TO_COMPARE = 2 * ENOUGH


def decided(place: Workplace, texts: Iterable[tuple[str, str]]) -> None:
    """People named these offices, one case after the other."""
    for text, office in texts:
        taught(place, text, office)


def test_a_router_that_is_better_on_what_people_decided_takes_over(
    place: Workplace, clock: Clock
) -> None:
    (first,) = models(place)
    decided(place, ((f"텃밭 분양 {n}번 문의드려요", "comms") for n in range(ENOUGH_TO_COMPARE)))
    clock.pass_(hours=1)
    outcome = retrain(place)
    assert outcome.replaced, outcome.why
    old, new = models(place)
    assert (old.id, old.in_use, old.content, new.in_use) == (first.id, False, b"", True)
    assert new.figures["after"] > new.figures["before"]
    assert new.learned_until > old.learned_until
    (route,) = router(place).route(["텃밭 분양은 어디에 물어보나요"], [None])
    assert route.office == "comms", "what decides from now on is the new one"


def test_a_router_that_is_worse_on_the_newest_decisions_does_not_take_over(
    place: Workplace, clock: Clock
) -> None:
    before = models(place)
    half = range(ENOUGH_TO_COMPARE // 2)
    decided(place, ((f"신호등이 꺼졌어요 {n}번째", "metro") for n in half))
    decided(place, ((f"신호등이 꺼졌어요 {n}번 출구", "traffic") for n in half))
    clock.pass_(hours=1)
    outcome = retrain(place)
    assert not outcome.replaced
    assert "right instead of" in outcome.why
    assert [(m.id, m.content) for m in models(place)] == [(m.id, m.content) for m in before]
