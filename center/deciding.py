"""Deciding about a bulletin: one transaction, and what is said where it could not be done."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import HTTPException
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from center.acting import Refused
from center.center import Center
from registry.model import Registry
from rules.bulletin import BulletinRefused
from store.engine import StoreBusy, StoreFull
from store.registry import load
from store.tables import Bulletin, Event


@dataclass(frozen=True, slots=True)
class Deciding:
    """One bulletin, locked with its event, inside one transaction."""

    session: Session
    registry: Registry
    bulletin: Bulletin


@contextmanager
def deciding(center: Center, bulletin_id: int) -> Iterator[Deciding]:
    """One decision about a bulletin; kept at the end of the block.

    Raises `Refused`, with nothing changed, where the bulletin does not allow it, somebody was
    faster or the store is busy; 404 where there is no such bulletin.
    """
    with keeping(center) as session:
        bulletin = session.get(Bulletin, bulletin_id, with_for_update=True, populate_existing=True)
        if bulletin is None:
            raise HTTPException(404)
        # two bulletins of one event, approved at the same moment, must know of each other
        session.get(Event, bulletin.event_id, with_for_update=True, populate_existing=True)
        yield Deciding(session, load(session), bulletin)


@contextmanager
def keeping(center: Center) -> Iterator[Session]:
    """A transaction whose failures are told to a person: raises `Refused`."""
    try:
        with center.store.write() as session:
            yield session
    except BulletinRefused as error:
        raise Refused("refused", "\n".join(error.whys)) from error
    except (StaleDataError, IntegrityError) as error:
        raise Refused("decided") from error
    except StoreBusy as error:
        raise Refused("busy") from error
    except StoreFull as error:
        raise Refused("full") from error
