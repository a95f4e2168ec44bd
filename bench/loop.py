"""How long a citizen waits: post → manager's mailbox, and answer → visible reply; and what idling costs."""

import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import httpx
import psutil
from mastodon import Mastodon

from bench.table import Row, show
from tests.loop.installation import (
    Installation,
    eventually,
    installation,
    link_in,
    mail_in,
    plain_of,
)

#: One post every so many seconds, so that they fall on every second of the minute.
EVERY = 11.0
#: Seconds after the last post in which everything should have been answered.
LONGEST = 240.0
#: Seconds of idling that are watched.
IDLE = 120.0

#: Matters that the machine is sure of; each at a place of its own, or two would be one case.
TEXT = "{place} 앞 횡단보도 보행신호등이 꺼져 있어요. {number} 신호제어기함이라고 적혀 있네요."
PLACES = (
    *("시청역", "광화문역", "안국역", "경복궁역", "서울역", "이태원역"),
    *("왕십리역", "청량리역", "노원역", "합정역", "여의도역", "잠실역"),
)


@dataclass(slots=True)
class Trip:
    """One citizen's post, and when it got where."""

    number: str
    post: str
    written: float
    mailed: float | None = None
    answered: float | None = None
    replied: float | None = None


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, installation(Path(folder)) as place:
        eventually(place.mails, seconds=300, what="the first mail")
        _settle(place)
        show("the loop, in seconds", _rows(_trips(place)))
        show("the idle installation, a minute", _idle(place))


def _settle(place: Installation) -> None:
    """Wait until the written day has been worked off."""
    seen = -1
    while len(place.mails()) != seen:
        seen = len(place.mails())
        time.sleep(70)


def _trips(place: Installation) -> list[Trip]:
    """Write one post after the other, and answer each case as soon as its mail is there."""
    # each a citizen of their own: what one says within ten minutes is one case
    citizens = [place.citizen(f"bench_citizen_{number}") for number in range(len(PLACES))]
    trips: list[Trip] = []
    read = set(place.mail_files())
    began = time.time()
    while len(trips) < len(PLACES) or any(trip.replied is None for trip in trips):
        if len(trips) < len(PLACES) and time.time() >= began + EVERY * len(trips):
            trips.append(_write(citizens[len(trips)], len(trips)))
        # each mail once: what measures must not keep the machine busy
        for file in [file for file in place.mail_files() if file not in read]:
            read.add(file)
            _open(place, mail_in(file), trips)
        for trip in trips:
            _look(citizens[0], trip)
        if time.time() > began + EVERY * len(PLACES) + LONGEST:
            break
        time.sleep(0.5)
    return trips


def _write(citizen: Mastodon, number: int) -> Trip:
    own = f"{1000 + 37 * number}번"
    status = citizen.status_post(f"@x_seoul {TEXT.format(place=PLACES[number], number=own)}")
    return Trip(own, str(status["id"]), time.time())


def _open(place: Installation, mail: EmailMessage, trips: list[Trip]) -> None:
    """Where it is a manager's mail about one of the trips: answer at once."""
    for trip in trips:
        if trip.mailed is None and trip.number in plain_of(mail):
            seen = time.time()
            if _answer(place, mail):
                trip.mailed, trip.answered = seen, time.time()


def _look(citizen: Mastodon, trip: Trip) -> None:
    if trip.answered is not None and trip.replied is None:
        below = citizen.status_context(trip.post)["descendants"]
        if any("조치했습니다" in status["content"] for status in below):
            trip.replied = time.time()


def _answer(place: Installation, mail: EmailMessage) -> bool:
    """The manager takes the case and answers it at once, by the pages' own forms.

    False where the mail is another one, such as to the team that decides in triage.
    """
    with httpx.Client(base_url=place.url("CENTER"), follow_redirects=True) as client:
        page = client.get(link_in(mail))
        if not page.url.path.startswith("/cases/"):
            return False
        me = str(mail["To"])
        _send(client, page, "designate", caseworker=me)
        page = client.get(page.url)
        words = "신호등을 점검하고 조치했습니다."
        _send(client, page, "answer", text=words, step="send", previewed="yes")
        return True


def _send(client: httpx.Client, page: httpx.Response, act: str, **fields: str) -> None:
    address = f"{page.url.path}/{act}"
    before, found, after = page.text.partition(f'action="{address}"')
    if not found:
        raise LookupError(f"no form for {address} on {page.url}: {before[:2000]}")
    form = after.split("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    done = client.post(address, data=dict(hidden) | fields).raise_for_status()
    if "done=" not in str(done.url):
        raise RuntimeError(f"{address} did not do it, and shows a page again: {done.url}")


def _rows(trips: list[Trip]) -> Iterator[Row]:
    mailed = [t.mailed - t.written for t in trips if t.mailed]
    replied = [t.replied - t.answered for t in trips if t.replied and t.answered]
    for what, found, asked in (
        ("citizen's post → manager's mailbox", mailed, "p95 ≤ 90"),
        ("answer → visible reply", replied, "p95 ≤ 75"),
    ):
        p95 = statistics.quantiles(found, n=20)[-1] if len(found) > 1 else float("nan")
        median = statistics.median(found) if found else float("nan")
        yield Row(what, f"median {median:.1f}, p95 {p95:.1f} ({len(found)} of {len(trips)})", asked)


def _idle(place: Installation) -> Iterator[Row]:
    """CPU seconds a minute and memory of each process, its children with it."""
    started = psutil.Process(place.process.pid).children(recursive=True)
    # what honcho's shell started bears its name, too, and counts with it
    roots = [one for one in started if _name(one) and not _name(one.parent())]
    family = {one: [one, *one.children(recursive=True)] for one in roots}
    before = {one: _cpu(members) for one, members in family.items()}
    time.sleep(IDLE)
    for one in family:
        members = [one, *one.children(recursive=True)]
        spent = (_cpu(members) - before[one]) * 60 / IDLE
        memory = sum(m.memory_info().rss for m in members) / 2**20
        yield Row(_name(one), f"{spent:.1f} s CPU, {memory:.0f} MB", "printed")


def _cpu(members: list[psutil.Process]) -> float:
    total = 0.0
    for one in members:
        if one.is_running():
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def _name(process: psutil.Process | None) -> str:
    """What the Procfile calls it; empty for any other process."""
    words = " ".join(process.cmdline()) if process else ""
    for name in ("prefect", "worker", "practice", "mailbox", "center"):
        if f"serve {name}" in words or f"{name} start" in words:
            return name
    return ""


if __name__ == "__main__":
    main()
