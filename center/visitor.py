"""Who is visiting: found anew at each request, from cookies, the store and the registry."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy.orm import Session

from center.center import Center
from center.cookies import FORMS, PAGES, SIGNED_IN
from center.seats import Person, person_of
from registry.model import Registry
from store.tables import Link, LinkPurpose
from store.visits import links_named

#: So long a sign-in lasts: a working day.
SIGNED_IN_FOR = timedelta(hours=10)
#: How long after its end a link still holds in the browser that opened it in time: a page's is
#: over with it, a sign-in's own end is only that of opening it.
HOLDS_ON = {LinkPurpose.PAGE: timedelta(0), LinkPurpose.SIGN_IN: SIGNED_IN_FOR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """The person at this request, if any, and what opened it to them.

    `everywhere`: signed in; otherwise a mailed link opened this very page and nothing else.
    `browser`: the addresses of everybody who opened a link in this browser that still holds.
    """

    person: Person | None = None
    everywhere: bool = False
    browser: frozenset[str] = field(default=frozenset())

    @property
    def email(self) -> str:
        return self.person.email if self.person else ""


STRANGER = Visitor()


def visitor_of(request: Request, center: Center, session: Session, registry: Registry) -> Visitor:
    """Whoever a valid cookie stands for at this path; `STRANGER` where none does.

    A link that opened exactly this page goes before a sign-in, so that the mail's reader acts.
    """
    found = holding(session, _names(request, center), at=center.clock())
    people = (person_of(registry, link.email) for link in found)
    browser = frozenset(person.email for person in people if person)
    here = [link for link in found if _opens(link, request.url.path)]
    for link in sorted(here, key=lambda link: (link.purpose != LinkPurpose.PAGE, -link.id)):
        person = person_of(registry, link.email)
        if person is not None:
            return Visitor(
                person=person,
                everywhere=_signed_in_too(found, person),
                browser=browser,
            )
    return Visitor(browser=browser)


def holding(session: Session, names: Collection[str], *, at: datetime) -> list[Link]:
    """The links of these names that still open something: neither revoked nor long over."""
    links = links_named(session, names)
    return [link for link in links if link.expires_at + HOLDS_ON[link.purpose] > at]


def form_token(request: Request, center: Center, visitor: Visitor) -> str:
    """What a form of this page must carry: bound to the browser and to the person."""
    return center.signer.sign("form", f"{form_word(request)}|{visitor.email}")


def form_token_holds(
    request: Request, center: Center, visitor: Visitor, token: str, *, anyone: bool = False
) -> bool:
    """Whether a posted form came from a page of ours, shown to this person in this browser.

    `anyone`: to whomever in this browser, for a form that asks no seat (signing in and out).
    """
    word = request.cookies.get(FORMS, "")
    people = {"", visitor.email, *visitor.browser} if anyone else {visitor.email}
    return bool(word) and any(
        center.signer.holds("form", f"{word}|{email}", token) for email in people
    )


def form_word(request: Request) -> str:
    """The browser's random word; a new one is kept on the request until the answer sets it."""
    word: str = request.cookies.get(FORMS) or request.state.new_form_word
    return word


def opened(request: Request, center: Center) -> list[str]:
    """The names of the pages' links that this browser has open."""
    return center.signer.unseal(PAGES, request.cookies.get(PAGES, ""), at=center.clock())


def _names(request: Request, center: Center) -> list[str]:
    value = request.cookies.get(SIGNED_IN, "")
    return center.signer.unseal(SIGNED_IN, value, at=center.clock()) + opened(request, center)


def _opens(link: Link, path: str) -> bool:
    if link.purpose == LinkPurpose.SIGN_IN:
        return True
    page = link.path.partition("?")[0]
    return path == page or (page != "/" and path.startswith(f"{page}/"))


def _signed_in_too(links: Sequence[Link], person: Person) -> bool:
    return any(
        link.purpose == LinkPurpose.SIGN_IN and link.email.lower() == person.email for link in links
    )
