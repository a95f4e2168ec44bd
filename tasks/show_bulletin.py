"""A bulletin in the Prefect UI: a progress bar and a table of every account, as it goes."""

import contextvars
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

import httpx
from prefect import get_client
from prefect.artifacts import (
    TableArtifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.exceptions import PrefectException

from store import proof
from store.proof import FATE_NAMES, Fate, Report
from store.tables import Bulletin
from tasks.case_words import when
from tasks.workplace import Workplace
from templates.causes import in_korean

#: Seconds between two looks.
EVERY = 1.0

_log = logging.getLogger(__name__)


@contextmanager
def shown_live(place: Workplace, number: int) -> Iterator[None]:
    """While the block runs the artifacts follow, from a thread of their own.

    Sending never waits for what is shown, and a server that is away costs a warning.
    """
    over = threading.Event()
    run = contextvars.copy_context().run  # the artifacts are this run's
    showing = threading.Thread(target=run, args=(_follow, place, number, over), daemon=True)
    showing.start()
    try:
        yield
    finally:
        over.set()
        showing.join(timeout=10)


def _follow(place: Workplace, number: int, over: threading.Event) -> None:
    bar: UUID | None = None
    table: UUID | None = None
    shown: list[dict[str, Any]] = []
    while True:
        last = over.wait(EVERY)
        try:
            with place.store.read() as session:
                bulletin = session.get_one(Bulletin, number)
                found = proof.report(session, place.registry, bulletin)
                marker = bulletin.marker
            bar = _show_progress(bar, number, marker, found)
            rows = bulletin_rows(place, found)
            if rows != shown:
                table = _show_table(table, number, rows, so_far(marker, found, place))
                shown = rows
        except (PrefectException, httpx.HTTPError) as error:
            _log.warning("what became of the bulletin cannot be shown: %s", error)
        if last:
            return


def _show_progress(bar: UUID | None, number: int, marker: str, found: Report) -> UUID:
    share = 100.0 * (found.taking_part - found.waiting) / max(found.taking_part, 1)
    if bar is None:
        made = create_progress_artifact(
            progress=share, key=f"bulletin-{number}-progress", description=marker
        )
        return cast(UUID, made)  # a coroutine only where an event loop runs
    update_progress_artifact(bar, progress=share)
    return bar


def _show_table(table: UUID | None, number: int, rows: list[dict[str, Any]], told: str) -> UUID:
    """One table for the run, written anew in its place: a second one would look like another."""
    if table is None:
        made = create_table_artifact(key=f"bulletin-{number}", table=rows, description=told)
        return cast(UUID, made)  # a coroutine only where an event loop runs
    data = TableArtifact(table=rows).format(_sync=True)  # type: ignore[call-arg]  # its decorator takes it
    with get_client(sync_client=True) as client:
        client.update_artifact(table, ArtifactUpdate(data=data, description=told))
    return table


def so_far(marker: str, found: Report, place: Workplace) -> str:
    """Marker, the moment on the city's clock, and how many accounts are how far."""
    at = place.now().astimezone(place.registry.city.zone)
    counts = ", ".join(f"{FATE_NAMES[fate]} {n}" for fate in Fate if (n := found.counts.get(fate)))
    return f"**{marker}** · {at:%H:%M:%S} 현재: {counts}"


def bulletin_rows(place: Workplace, found: Report) -> list[dict[str, Any]]:
    """One row an account, those that need somebody first."""
    return [
        {
            "계정": line.account.id,
            "이름": line.account.name,
            "상태": FATE_NAMES[line.fate],
            "글": line.url,
            "게시 시각": when(line.sent_at, place),
            "걸린 시간(초)": "" if line.seconds is None else round(line.seconds, 1),
            "읽어서 확인한 시각": when(line.seen_at, place),
            "시도": line.tries,
            "이유": in_korean(line.cause),
        }
        for line in found.lines
    ]


def show_finished(place: Workplace, number: int) -> None:
    """The table once more, with what the audit found and which desks acknowledged.

    A server that is away costs a warning.
    """
    with place.store.read() as session:
        bulletin = session.get_one(Bulletin, number)
        found = proof.report(session, place.registry, bulletin)
        told = finished_words(bulletin, found, place)
    try:
        create_table_artifact(
            key=f"bulletin-{number}", table=bulletin_rows(place, found), description=told
        )
    except (PrefectException, httpx.HTTPError) as error:
        _log.warning("what the audit found cannot be shown: %s", error)


def finished_words(bulletin: Bulletin, found: Report, place: Workplace) -> str:
    """Marker, audit and desks, as Markdown."""
    audited = when(bulletin.audited_at, place)
    head = f"**{bulletin.marker}** · 대조 {audited}: " + (
        f"{len(bulletin.audit)}건 확인 필요" if bulletin.audit else "이상 없음"
    )
    desks = [
        f"- {desk.name}: " + (f"{when(desk.at, place)} 확인 ({desk.by})" if desk.at else "확인 전")
        for desk in found.desks
    ]
    told = f"자치구 확인 {len(found.desks)}곳 가운데 {found.acknowledged}곳"
    counts = so_far(bulletin.marker, found, place).partition(" 현재: ")[2]
    return "\n".join(
        [head, "", counts, "", *(f"- {line}" for line in bulletin.audit), "", told, "", *desks]
    )
