"""What every staff page says while a disaster is open, or while ordinary replies wait for it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from rules.bulletin import HAZARD_NAMES
from store.bulletin_lists import pressing


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Real events only: their numbers, the hazards' names, and whose replies wait."""

    open: tuple[tuple[str, str], ...]
    held: tuple[str, ...]


def alarm_of(session: Session) -> Alarm | None:
    """What presses now; None where nothing does."""
    events = pressing(session)
    if not events:
        return None
    return Alarm(
        open=tuple(
            (event.number, HAZARD_NAMES[event.hazard])
            for event in events
            if event.closed_at is None
        ),
        held=tuple(event.number for event in events if event.resumed_at is None),
    )
