"""What a public page hides of a text, and what it must not hide."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from registry.model import Registry
from rules.mask import mask
from store.tables import Post

#: Hides what is private in a text.
Masked = Callable[[str], str]

#: Where anybody has an address: that an office uses one of these makes no other address its own.
OPEN_TO_ALL = frozenset(
    {"gmail.com", "naver.com", "daum.net", "hanmail.net", "kakao.com", "nate.com", "outlook.com"}
)


def public_mask(registry: Registry, posts: Iterable[Post]) -> Masked:
    """`rules.mask.mask` for one case: its citizens hidden, the city's own contacts readable.

    `posts` are all of the case, private ones too, so that no answer names their writers.
    """
    return partial(mask, keep=tuple(contacts(registry)), hide=set(_citizens(posts)))


def contacts(registry: Registry) -> Iterator[str]:
    """The city's own numbers, and the offices' addresses with the domains that are theirs."""
    yield from registry.city.own_phones()
    for office in registry.offices.values():
        domain = office.email.rpartition("@")[2].casefold()
        if domain:
            yield office.email if domain in OPEN_TO_ALL else f"@{domain}"


def _citizens(posts: Iterable[Post]) -> Iterator[str]:
    """Names and handles; a handle with a server is also called without it."""
    for post in posts:
        yield from filter(None, (post.author_name, post.author_handle))
        if "@" in post.author_handle:
            yield f"@{post.author_handle.lstrip('@').partition('@')[0]}"
