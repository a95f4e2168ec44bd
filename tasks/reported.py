"""What an exercise's citizens reported: the same matter once, with how many told of it, and where."""

from collections.abc import Iterable
from dataclasses import dataclass

from store.tables import Post
from tasks.joining import Home, Known
from tasks.router import places
from tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One matter. `where` is the name of a district, empty where nobody knows it."""

    text: str
    people: int
    where: str


def told(place: Workplace, posts: Iterable[Post]) -> list[Told]:
    """Reports that are no cases, gathered by matter as cases are; most people first."""
    where = places(place)
    known = Known(where)
    by_matter: dict[Home, list[Post]] = {}
    for post in posts:
        home = known.find(post) or Home()
        known.add(post, home)
        by_matter.setdefault(home, []).append(post)
    found = [
        Told(
            text=same[0].text,
            people=len({post.author_id for post in same}),
            where=_district(place, where.find(same[0].text).district),
        )
        for same in by_matter.values()
    ]
    return sorted(found, key=lambda one: -one.people)


def _district(place: Workplace, office: str | None) -> str:
    found = place.registry.offices.get(office or "")
    return found.name if found else ""
