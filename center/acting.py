"""Doing something with a case: one transaction, and afterwards the flows that go on from it."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import BackgroundTasks
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from center.center import Center
from center.visitor import Visitor
from rules.case import MoveRefused
from store.cases import by_number
from store.desk import ActRefused, Desk, calendar_of
from store.engine import StoreBusy, StoreFull
from store.registry import load
from store.tables import MACHINE, Case

_log = logging.getLogger("haechi.center")

#: Which flow has something to do after an act, so that nobody waits for its schedule. `assign`
#: and `reply` send the mails that are recorded, too.
GO_ON = {
    "designate": "mail",
    "hand-back": "mail",
    "transfer": "assign",
    "extend": "reply",
    "survey": "reply",
    "survey-end": "reply",
    "close": "reply",
    "answer": "reply",
    "approve": "reply",
    "refuse": "mail",
    "route": "assign",
    "outbox": "reply",
}


class Refused(Exception):
    """It was not done. `key` names what to say (`templates/pages/words.html`), or `said` is it."""

    def __init__(self, key: str, said: str = "") -> None:
        super().__init__(said or key)
        self.key, self.said = key, said


@dataclass(frozen=True, slots=True)
class Acting:
    """A desk with one case on it, inside one transaction."""

    desk: Desk
    case: Case


@contextmanager
def acting(
    center: Center, visitor: Visitor, number: str, *, seen: int | None = None
) -> Iterator[Acting]:
    """One act of the visitor on a case; kept at the end of the block.

    `seen` is the last line of the history that the person saw. Raises `Refused`, with nothing
    changed, where the case does not allow the act, somebody was faster, or the store is busy.
    """
    try:
        with center.store.write() as session:
            registry = load(session)
            case = by_number(session, number)
            if case is None:
                raise Refused("gone")
            _check_seen(case, seen)
            yield Acting(
                desk=Desk(
                    session=session,
                    registry=registry,
                    who=visitor.email,
                    at=center.clock(),
                    calendar=calendar_of(registry),
                ),
                case=case,
            )
    except ActRefused as error:
        raise Refused("refused", str(error)) from error
    except MoveRefused as error:
        raise Refused("moved_on") from error
    except (StaleDataError, IntegrityError) as error:
        raise Refused("faster") from error
    except StoreBusy as error:
        raise Refused("busy") from error
    except StoreFull as error:
        _log.error("%s", error)
        raise Refused("full") from error


def go_on(later: BackgroundTasks, center: Center, act: str) -> None:
    """Once the page is out, start the flow that has something to do now."""
    later.add_task(ask, center, GO_ON[act])


def ask(center: Center, name: str, parameters: Mapping[str, object] | None = None) -> None:
    """Start a flow. If that fails its schedule does it a little later; nobody needs to know."""
    try:
        center.ask_run(name, parameters)
    except Exception as error:
        _log.warning("flow %s was not started (%s); its schedule does it", name, error)


def _check_seen(case: Case, seen: int | None) -> None:
    """The machine's own lines (a first reply that went out) never stop a person."""
    if seen is None:
        return
    new = [line for line in case.history if line.seq > seen]
    if any(line.what == "joined" for line in new):
        raise Refused("joined")
    if any(line.who != MACHINE for line in new):
        raise Refused("faster")
