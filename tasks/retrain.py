"""Steps of `retrain`: a new router, used once it is at least as good as the old one."""

from dataclasses import dataclass

from prefect import task
from sqlalchemy import update

from routing.retrain import compare
from store.tables import Model
from tasks.router import fit, labels, router
from tasks.workplace import Workplace, workplace

#: The share of all labels, newest last, that old and new are compared on.
NEWEST = 0.2


@dataclass(frozen=True, slots=True)
class Retrained:
    """What became of the new router."""

    in_use: bool
    why: str

    def __str__(self) -> str:
        return f"the {'new' if self.in_use else 'old'} router is in use: {self.why}"


@task(name="train a new router")
def train() -> Retrained:
    """Train on everything known, and keep the better one."""
    return retrain(workplace())


def retrain(place: Workplace) -> Retrained:
    """Fit a new router from all labels; the old one stays until the new one is as good."""
    old, known = router(place), labels(place)
    newest = known[-max(1, int(len(known) * NEWEST)) :]
    decision = compare(old, fit(place), newest)
    with place.store.write() as session:
        if decision.use_new:
            session.execute(update(Model).values(in_use=False))
        session.add(
            Model(
                made_at=place.now(),
                in_use=decision.use_new,
                why=decision.why,
                figures=decision.figures,
                content=decision.router.to_bytes(),
            )
        )
    return Retrained(decision.use_new, decision.why)
