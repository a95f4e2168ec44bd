"""The router in use: the newest one that was good enough, or one made from the registry."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select

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
    why = "the first one, from the registry alone"
    if found is not None:
        try:
            return _read(place, found)
        except ValueError as error:  # written by another version of this program
            why = f"model {found} cannot be read ({error})"
    first = fit(place, [label for _, label in taught(place)])
    with place.store.write() as session:
        session.add(
            Model(
                made_at=place.now(),
                in_use=True,
                why=why,
                figures={},
                content=first.to_bytes(),
            )
        )
    return first


def fit(place: Workplace, taught: Sequence[Label] = ()) -> Router:
    """A new router from duties, keywords, examples and what people taught."""
    known = place.registry.offices
    examples = [
        Label(text=example.text, office=example.office)
        for example in place.registry.examples
        if example.office in known
    ]
    return Router.fit(
        list(known.values()),
        [*examples, *taught],
        precision=place.settings.precision,
        places=places(place),
    )


def taught(place: Workplace) -> list[tuple[datetime, Label]]:
    """What people decided, the last decision for each case, oldest first, and when."""
    known = place.registry.offices
    with place.store.read() as session:
        decided = session.scalars(select(Designation).order_by(Designation.id))
        last = {designation.case_id: designation for designation in decided}
        found = []
        for case_id, designation in sorted(last.items(), key=lambda item: item[1].id):
            case = session.get_one(Case, case_id)
            text, office = cases.text_of(session, case), designation.office_id
            if text.strip() and office in known:
                spot = (
                    (case.lat, case.lon) if case.lat is not None and case.lon is not None else None
                )
                label = Label(text=text, office=office, coordinates=spot)
                found.append((designation.at, label))
    return found


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


def _read(place: Workplace, model_id: int) -> Router:
    with place.store.read() as session:
        content = session.get_one(Model, model_id).content
    return Router.from_bytes(content, places(place))
