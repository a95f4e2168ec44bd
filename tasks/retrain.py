"""Steps of `retrain`: a new router, used once it is at least as good as the old one."""

from dataclasses import dataclass
from datetime import datetime

from prefect import task
from sqlalchemy import select, update

from routing.retrain import compare
from store.tables import Model
from tasks.router import fit, router, taught
from tasks.workplace import Workplace, workplace


@dataclass(frozen=True, slots=True)
class Retrained:
    """What became of the new router."""

    replaced: bool
    why: str

    def __str__(self) -> str:
        return f"the {'new' if self.replaced else 'old'} router is in use: {self.why}"


@task(name="train a new router")
def train() -> Retrained:
    """Train on everything known, and keep the better one."""
    return retrain(workplace())


def retrain(place: Workplace) -> Retrained:
    """The old router stays until a new one is at least as good on labels that neither has seen.

    Of what people decided since the old one was made, the newer half compares the two; a new
    one that wins is trained once more, on everything.
    """
    old, made_at = router(place), _made_at(place)
    decided = taught(place)
    since = [label for at, label in decided if at > made_at]
    newest = since[len(since) // 2 :]
    earlier = [label for _, label in decided[: len(decided) - len(newest)]]
    decision = compare(old, fit(place, earlier), newest)
    if decision.replace:
        new = fit(place, [label for _, label in decided])
        with place.store.write() as session:
            session.execute(update(Model).values(in_use=False))
            session.add(
                Model(
                    made_at=place.now(),
                    in_use=True,
                    why=decision.reason,
                    figures=new.figures._asdict() | {"before": decision.old, "after": decision.new},
                    content=new.to_bytes(),
                )
            )
    return Retrained(decision.replace, decision.reason)


def _made_at(place: Workplace) -> datetime:
    with place.store.read() as session:
        query = select(Model.made_at).where(Model.in_use).order_by(Model.id.desc()).limit(1)
        return session.scalars(query).one()
