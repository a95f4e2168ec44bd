"""Where somebody sits: as whom a person may open a page or press a button.

One table says it for every route. A route that is missing in it stops the center at start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from registry.ask import entries_of
from registry.model import Registry, Role
from store.tables import Case


class Seat(StrEnum):
    ANYONE = "anyone"  # no sign-in asked
    STAFF = "staff"  # whoever is in the registry
    MANAGER = "manager"  # of the case's office; of any, where there is no case
    CASEWORKER = "caseworker"  # of the case's office; of any, where there is no case
    DESIGNATED = "designated"  # does this very case
    COMMS_TEAM = "comms_team"
    ADMINISTRATOR = "administrator"
    MACHINE = "machine"  # a program that holds the route's secret; no person


_S = Seat
_OPEN = frozenset({_S.ANYONE})
_STAFF = frozenset({_S.STAFF})
_SEES_CASE = frozenset({_S.MANAGER, _S.CASEWORKER, _S.DESIGNATED, _S.COMMS_TEAM, _S.ADMINISTRATOR})
_LEADS_CASE = frozenset({_S.MANAGER, _S.COMMS_TEAM})
_DOES_CASE = frozenset({_S.MANAGER, _S.DESIGNATED})
_COMMS = frozenset({_S.COMMS_TEAM})
_CITY = frozenset({_S.COMMS_TEAM, _S.ADMINISTRATOR})
_DESK = _CITY | {_S.MANAGER, _S.CASEWORKER}
#: The manager is the one of the office that the post's account belongs to.
_OWNS_POST = _CITY | {_S.MANAGER}
#: The same of a reply that a person brings out.
_OWNS_REPLY = _COMMS | {_S.MANAGER}
_BROADCASTS = frozenset({_S.ADMINISTRATOR})

ALLOWED: Mapping[str, frozenset[Seat]] = MappingProxyType(
    {
        "GET /sign-in": _OPEN,
        "POST /sign-in": _OPEN,
        "GET /l/{token}": _OPEN,
        "POST /sign-out": _OPEN,
        "GET /done": _OPEN,
        "GET /healthz": _OPEN,
        "GET /c/{public_id}": _OPEN,
        "GET /c/{public_id}/photos/{photo_id}": _OPEN,
        "GET /pictures/{held}": _OPEN,  # a network's own machine, with a ticket
        "GET /": _STAFF,
        "GET /cases/{number}": _SEES_CASE,
        "GET /cases/{number}/photos/{photo_id}": _SEES_CASE,
        "POST /cases/{number}/designate": _LEADS_CASE,
        "POST /cases/{number}/hand-back": frozenset({_S.MANAGER}),
        "POST /cases/{number}/transfer": _LEADS_CASE,
        "POST /cases/{number}/extend": _DOES_CASE,
        "POST /cases/{number}/survey": _DOES_CASE,
        "POST /cases/{number}/survey-end": _DOES_CASE,
        "POST /cases/{number}/close": frozenset({_S.MANAGER}),
        "POST /cases/{number}/answer": _DOES_CASE,
        "POST /cases/{number}/approve": frozenset({_S.MANAGER}),
        "POST /cases/{number}/refuse": frozenset({_S.MANAGER}),
        "GET /triage": _COMMS,
        "GET /triage/dismissed": _COMMS,
        "GET /triage/{number}/photos/{photo_id}": _COMMS,
        "POST /triage/{number}/route": _COMMS,
        "POST /triage/{number}/dismiss": _COMMS,
        "POST /triage/{number}/kind": _COMMS,
        "POST /triage/{number}/restore": _COMMS,
        "GET /offices": _CITY,
        "GET /outbox": _CITY,
        "GET /outbox/{delivery_id}": _OWNS_POST,
        "POST /outbox/{delivery_id}/published": _OWNS_REPLY,
        "POST /outbox/{delivery_id}/again": _COMMS,
        "POST /outbox/{delivery_id}/cancel": _COMMS,
        "GET /accounts": _CITY,
        "GET /disaster": _OPEN,
        "GET /disaster/feed.atom": _OPEN,
        "GET /disaster/cap/{slug}.xml": _OPEN,
        "GET /disaster/{public_id}": _OPEN,
        "GET /disaster/{public_id}/pictures/{bulletin_id}": _OPEN,
        "POST /cap": frozenset({_S.MACHINE}),
        "GET /broadcast": _CITY,
        "POST /resume-replies": _CITY,
        "GET /broadcast/new": _BROADCASTS,
        "POST /broadcast/new": _BROADCASTS,
        "GET /broadcast/{bulletin_id}": _CITY,
        "GET /broadcast/{bulletin_id}/live": _CITY,
        "GET /broadcast/{bulletin_id}/picture": _CITY,
        "GET /broadcast/{bulletin_id}/workbook": _CITY,
        "GET /broadcast/{bulletin_id}/cap.xml": _CITY,
        "POST /broadcast/{bulletin_id}/approve": _BROADCASTS,
        "POST /broadcast/{bulletin_id}/refuse": _BROADCASTS,
        "POST /broadcast/{bulletin_id}/stop": _CITY,
        "GET /broadcast/{bulletin_id}/posts/{delivery_id}": _OWNS_POST,
        "POST /broadcast/{bulletin_id}/posts/{delivery_id}/published": _OWNS_POST,
        "POST /broadcast/{bulletin_id}/posts/{delivery_id}/remove": _CITY,
        "POST /broadcast/{bulletin_id}/posts/{delivery_id}/withdraw": _CITY,
        "POST /broadcast/{bulletin_id}/posts/{delivery_id}/agree": _BROADCASTS,
        "POST /broadcast/{bulletin_id}/posts/{delivery_id}/removed": _OWNS_POST,
        "GET /broadcast/{bulletin_id}/desk/{office_id}": _DESK,
        "GET /broadcast/{bulletin_id}/desk/{office_id}/cap.xml": _DESK,
        "POST /broadcast/{bulletin_id}/desk/{office_id}/acknowledge": _DESK,
    }
)


#: Routes about one post: who owns its account has a say there.
OF_A_POST = frozenset(
    route
    for route, seats in ALLOWED.items()
    if "/posts/{delivery_id}" in route or ("/outbox/{delivery_id}" in route and _S.MANAGER in seats)
)


#: Routes of machines, and the name of the secret that each asks for.
SECRETS: Mapping[str, str] = MappingProxyType({"POST /cap": "cap"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of the registry: one address, and every role it holds at every office."""

    email: str
    name: str
    roles: frozenset[tuple[Role, str]]

    def offices(self, role: Role) -> tuple[str, ...]:
        """The offices where this person holds a role, sorted."""
        return tuple(sorted(office for held, office in self.roles if held is role))

    def holds(self, role: Role) -> bool:
        """Whether this person holds a role anywhere."""
        return any(held is role for held, _ in self.roles)


def person_of(registry: Registry, email: str) -> Person | None:
    """The person behind an address; None once the registry does not have them any more."""
    entries = entries_of(registry, email)
    if not entries:
        return None
    roles = frozenset((entry.role, entry.office) for entry in entries)
    return Person(email=entries[0].email, name=entries[0].name, roles=roles)


def seats_of(
    person: Person | None, case: Case | None = None, *, office: str | None = None
) -> frozenset[Seat]:
    """Every seat a person has, towards this case, or this office (its id), where there is one.

    Roles of an office count only for that office and its cases.
    """
    if person is None:
        return _OPEN
    of_office = case.office_id if case is not None else office
    seats = {_S.ANYONE, _S.STAFF}
    for role, held_at in person.roles:
        if role in (Role.COMMS_TEAM, Role.ADMINISTRATOR) or (case is None and office is None):
            seats.add(Seat(role.value))
        elif held_at == of_office:
            seats.add(Seat(role.value))
            if case is not None and case.caseworker == person.email:
                seats.add(_S.DESIGNATED)
    return frozenset(seats)


def may(person: Person | None, route: str, case: Case | None = None) -> bool:
    """Whether a person may take this route (`POST /cases/{number}/answer`), by the table."""
    return bool(ALLOWED[route] & seats_of(person, case))
