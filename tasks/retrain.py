"""Steps of `retrain`: a new router, used once it is at least as good as the old one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from prefect import task
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, defer

from routing.label import Label
from routing.retrain import Decision, compare
from store.tables import Designation, Model, Post
from tasks.router import fit, keep, router, taught
from tasks.workplace import Workplace, workplace


@dataclass(frozen=True, slots=True)
class Retrained:
    """What became of the new router."""

    replaced: bool
    why: str
    forgot: bool = False

    def __str__(self) -> str:
        used = "new" if self.replaced else "old"
        again = ", trained again without what citizens withdrew" if self.forgot else ""
        return f"the {used} router is in use{again}: {self.why}"


@task(name="train a new router")
def train() -> Retrained:
    """Train on everything known, and keep the better one."""
    return retrain(workplace())


def retrain(place: Workplace) -> Retrained:
    """The old router stays until a new one is at least as good on labels that neither has seen.

    Of what people decided since the old one was made, the newer half compares the two; a new
    one that wins is trained once more, on everything. An old one that stays is trained once more
    too, on what is left of what it knew, where a citizen withdrew a text of that. Whatever
    router is not in use is erased: a trained one holds pieces of the texts.
    """
    began = place.now()
    old, until = router(place), _learned_until(place)
    decided = taught(place)
    since = [label for at, label in decided if at > until]
    newest = since[len(since) // 2 :]
    earlier = [label for _, label in decided[: len(decided) - len(newest)]]
    decision = compare(old, fit(place, earlier), newest)
    forgot = not decision.replace and _knows_withdrawn(place)
    if decision.replace:
        _use(place, [label for _, label in decided], decision, made_at=began, until=began)
    elif forgot:
        known = [label for at, label in decided if at <= until]
        _use(place, known, decision, made_at=began, until=until)
    with place.store.write() as session:
        session.execute(update(Model).where(~Model.in_use).values(content=b""))
    return Retrained(decision.replace, decision.reason, forgot)


def _use(
    place: Workplace,
    labels: Sequence[Label],
    decision: Decision,
    *,
    made_at: datetime,
    until: datetime,
) -> None:
    new = fit(place, labels)
    figures = new.figures._asdict() | {"before": decision.old, "after": decision.new}
    keep(place, new, why=decision.reason, figures=figures, made_at=made_at, until=until)


def _learned_until(place: Workplace) -> datetime:
    with place.store.read() as session:
        return _in_use(session).learned_until


def _knows_withdrawn(place: Workplace) -> bool:
    """Whether a citizen withdrew a text since the router in use was made, which may have learned it."""
    with place.store.read() as session:
        model = _in_use(session)
        learned = exists().where(
            Designation.case_id == Post.case_id, Designation.at <= model.learned_until
        )
        gone = select(Post.id).where(Post.withdrawn_at >= model.made_at, learned)
        return session.scalar(gone.limit(1)) is not None


def _in_use(session: Session) -> Model:
    query = select(Model).options(defer(Model.content)).where(Model.in_use)
    return session.scalars(query.order_by(Model.id.desc()).limit(1)).one()
