"""The router in use: the newest one that was good enough, or one made from the registry."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

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
        # both at once: a router that another takes the place of is erased
        query = select(Model.id, Model.content).where(Model.in_use).order_by(Model.id.desc())
        found = session.execute(query.limit(1)).first()
    why = "the first one, from the registry alone"
    if found is not None:
        try:
            return Router.from_bytes(found.content, places(place))
        except ValueError as error:  # written by another version of this program
            why = f"model {found.id} cannot be read ({error})"
    began = place.now()
    first = fit(place, [label for _, label in taught(place)])
    keep(place, first, why=why, figures={}, made_at=began, until=began)
    return first


def keep(
    place: Workplace,
    new: Router,
    *,
    why: str,
    figures: dict[str, Any],
    made_at: datetime,
    until: datetime,
) -> None:
    """Put a router in use, for every worker, and erase those it takes the place of."""
    with place.store.write() as session:
        session.execute(update(Model).values(in_use=False, content=b""))
        session.add(
            Model(
                made_at=made_at,
                learned_until=until,
                in_use=True,
                why=why,
                figures=figures,
                content=new.to_bytes(),
            )
        )


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
