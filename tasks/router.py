"""The router in use: the newest one that was good enough, or one made from the registry."""

from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.ask import districts
from routing.boundaries import read_boundaries
from routing.gazetteer import PlaceRow, read_places
from routing.label import Label
from routing.model import Router
from routing.place import Places
from store import cases
from store.tables import Case, Designation, Model, Stamp
from tasks.workplace import Workplace


def router(place: Workplace) -> Router:
    """The router in use. Where none was trained yet, one from the registry, which is kept."""
    with place.store.read() as session:
        found = session.scalar(
            select(Model.id).where(Model.in_use).order_by(Model.id.desc()).limit(1)
        )
    if found is not None:
        return _read(place, found)
    first = fit(place)
    with place.store.write() as session:
        session.add(
            Model(
                made_at=place.now(),
                in_use=True,
                why="the first one, from the registry alone",
                figures={},
                content=first.to_bytes(),
            )
        )
    return first


def fit(place: Workplace) -> Router:
    """A new router from duties, keywords, examples and everything that people decided."""
    return Router.fit(
        list(place.registry.offices.values()),
        labels(place),
        precision=place.settings.precision,
        places=places(place),
    )


def labels(place: Workplace) -> list[Label]:
    """The registry's examples first, then people's designations, oldest first."""
    known = place.registry.offices
    examples = [
        Label(text=e.text, office=e.office) for e in place.registry.examples if e.office in known
    ]
    with place.store.read() as session:
        return examples + [label for label in _designated(session) if label.office in known]


def places(place: Workplace) -> Places:
    """Where things are: the city's gazetteer, and the districts' outlines once imported."""
    with place.store.read() as session:
        found = session.get(Stamp, "boundaries")
        geojson = found.value["geojson"] if found else ""
    return _places(place.settings.city, geojson, names_of_districts(place))


def names_of_districts(place: Workplace) -> tuple[tuple[str, str], ...]:
    """Each district's name and office id."""
    return tuple((office.name, office.id) for office in districts(place.registry))


def gazetteer(city: Path) -> tuple[PlaceRow, ...]:
    """The city's gazetteer; a city without one routes by its outlines alone."""
    file = city / "places.csv"
    return read_places(file) if file.exists() else ()


@lru_cache(maxsize=2)
def _places(city: Path, geojson: str, names: tuple[tuple[str, str], ...]) -> Places:
    rows = gazetteer(city)
    return Places(rows, read_boundaries(geojson, dict(names), rows) if geojson else None)


def _designated(session: Session) -> list[Label]:
    """What a person decided last for each case, with what the citizens wrote."""
    last = {d.case_id: d for d in session.scalars(select(Designation).order_by(Designation.id))}
    found = []
    for case_id, designation in sorted(last.items(), key=lambda item: item[1].id):
        text = cases.text_of(session, session.get_one(Case, case_id))
        if text.strip():
            found.append(Label(text=text, office=designation.office_id))
    return found


def _read(place: Workplace, model_id: int) -> Router:
    with place.store.read() as session:
        content = session.get_one(Model, model_id).content
    return Router.from_bytes(content, places(place))
