"""What citizens report under a hashtag: where, and the same matter once with how many told of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from store.tables import Post
from tasks.joining import Home, Known
from tasks.router import places
from tasks.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One matter, and its posts as they came. `where`: the name of a district, empty if unknown."""

    posts: tuple[Post, ...]
    where: str

    @property
    def text(self) -> str:
        """In the words of whoever told it first."""
        return self.posts[0].text

    @property
    def people(self) -> int:
        """How many told it; who tells it twice is one."""
        return len({(post.network, post.author_id) for post in self.posts})


def districts_of(place: Workplace, posts: Iterable[Post]) -> dict[int, str]:
    """The name of the district that each post, by its id, names or comes from; empty where none."""
    found, offices = places(place), place.registry.offices
    named = {}
    for post in posts:
        spot = (post.lat, post.lon) if post.lat is not None and post.lon is not None else None
        office = offices.get(found.find(post.text, spot).district or "")
        named[post.id] = office.name if office else ""
    return named


def told(place: Workplace, posts: Iterable[Post], where: Mapping[int, str]) -> list[Told]:
    """The posts by what they are about: one case, or the same thing said without one.

    `where` as `districts_of` has it. Most people first, then in the order in which they came.
    """
    known = Known(places(place))
    of_case: dict[int, Home] = {}
    by_matter: dict[Home, list[Post]] = {}
    for post in posts:
        if post.case_id is not None:
            home = of_case.setdefault(post.case_id, Home())
        else:
            home = known.find(post) or Home()
            known.add(post, home)
        by_matter.setdefault(home, []).append(post)
    found = [
        Told(posts=tuple(same), where=next((where[post.id] for post in same if where[post.id]), ""))
        for same in by_matter.values()
    ]
    return sorted(found, key=lambda one: -one.people)
