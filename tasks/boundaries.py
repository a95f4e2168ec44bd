"""The districts' outlines: checked, then kept in the store for every worker."""

from routing.boundaries import BoundaryError, read_boundaries
from store.tables import Stamp
from tasks.router import gazetteer, names_of_districts
from tasks.workplace import Workplace

__all__ = ["BoundaryError", "import_boundaries"]


def import_boundaries(place: Workplace, geojson: bytes) -> tuple[str, ...]:
    """Put outlines in use; returns warnings worth a look before trusting them.

    Raises `BoundaryError` where the file cannot be used: nothing is changed then.
    """
    names = dict(names_of_districts(place))
    found = read_boundaries(geojson, names, gazetteer(place.settings.city))
    with place.store.write() as session:
        session.merge(Stamp(key="boundaries", value={"geojson": geojson.decode()}))
    return tuple(found.warnings)
