"""A case's history as its page tells it."""

import re
from dataclasses import dataclass
from datetime import datetime

from registry.model import Registry
from rules.particles import bare
from store.tables import MACHINE, Case, Line
from templates.causes import in_korean

#: Lines whose reason is a text that the page shows elsewhere, or that their name tells already.
_TOLD_ELSEWHERE = frozenset(
    {"received", "joined", "answer written", "not_delivered", "reminded", "withdrawn"}
)
_ADDRESS = re.compile(r"[^\s→@]+@[^\s→@]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the history. `what` is a status that the case came to, or what was noted."""

    at: datetime
    who: str
    by_machine: bool
    what: str
    why: str


def history_of(case: Case, registry: Registry) -> list[Event]:
    """The lines of a case, oldest first, with names for addresses."""
    names = {person.email: person.name for person in registry.staff}
    return [_event(line, names) for line in case.history]


def _event(line: Line, names: dict[str, str]) -> Event:
    what = _what(line)
    why = "" if what in _TOLD_ELSEWHERE else in_korean(line.why or "")
    if what == "routed" and line.who == MACHINE:  # its reason is the words that decided
        why = ", ".join(bare(why.split(", ")))
    return Event(
        at=line.at,
        who=names.get(line.who, line.who),
        by_machine=line.who == MACHINE,
        what=what,
        why=_ADDRESS.sub(lambda found: names.get(found[0], found[0]), why),
    )


def _what(line: Line) -> str:
    """`move` says where to; a hand-back, a transfer and a reassignment have names of their own."""
    if line.what != "move" or line.after is None:
        return line.what
    special = {
        ("routed", "routed"): "transferred",
        ("assigned", "routed"): "transferred",
        ("routed", "triage"): "handed_back",
        ("assigned", "triage"): "handed_back",
        ("assigned", "assigned"): "reassigned",
        ("dismissed", "triage"): "restored",
        ("answered", "assigned"): "not_delivered",
    }
    return special.get((str(line.before), str(line.after)), str(line.after))
