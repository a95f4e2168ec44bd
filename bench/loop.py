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

from bench.table import Row, show
from tests.loop.installation import Installation, eventually, installation, link_in

#: One post every so many seconds, so that they fall on every second of the minute.
EVERY = 11.0
POSTS = 12
#: Seconds of idling that are watched.
IDLE = 120.0

#: Matters that the machine is sure of; the numbers make each post its own.
TEXT = "{place} 앞 횡단보도 보행신호등이 꺼져 있어요. {number}번 신호제어기함이라고 적혀 있네요."
PLACES = ("시청역", "광화문역", "안국역", "경복궁역", "서울역", "남대문시장")


@dataclass(slots=True)
class Trip:
    """One citizen's post, and when it got where."""

    text: str
    post: str
    written: float
    mailed: float | None = None
    answered: float | None = None
    replied: float | None = None


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, installation(Path(folder)) as place:
        eventually(place.mails, seconds=300, what="the first mail")
        _settle(place)
        trips = list(_write(place))
        _follow(place, trips)
        show("the loop, in seconds", list(_rows(trips)))
        show("the idle installation, a minute", list(_idle(place)))


def _settle(place: Installation) -> None:
    """Wait until the written day has been worked off."""
    seen = -1
    while len(place.mails()) != seen:
        seen = len(place.mails())
        time.sleep(70)


def _write(place: Installation) -> Iterator[Trip]:
    # each a citizen of their own: what one says within ten minutes is one case
    citizens = [place.citizen(f"bench_citizen_{number}") for number in range(POSTS)]
    for number, citizen in enumerate(citizens):
        began = time.time()
        text = TEXT.format(place=PLACES[number % len(PLACES)], number=1000 + 37 * number)
        status = citizen.status_post(f"@x_seoul {text}")
        yield Trip(text, str(status["id"]), time.time())
        time.sleep(max(0.0, EVERY - (time.time() - began)))


def _follow(place: Installation, trips: list[Trip]) -> None:
    """Watch the mailbox and the network; answer each case as soon as its mail is there."""
    citizen = place.citizen("bench_citizen_0")
    deadline = time.time() + 300
    while time.time() < deadline and any(trip.replied is None for trip in trips):
        for trip in trips:
            if trip.mailed is None:
                for mail in place.mails(about=trip.text[-20:])[:1]:
                    trip.mailed = time.time()
                    _answer(place, mail)
                    trip.answered = time.time()
            elif trip.replied is None:
                below = citizen.status_context(trip.post)["descendants"]
                if any("조치했습니다" in status["content"] for status in below):
                    trip.replied = time.time()
        time.sleep(0.5)


def _answer(place: Installation, mail: EmailMessage) -> None:
    """The manager takes the case and answers it at once, by the pages' own forms."""
    with httpx.Client(base_url=place.url("CENTER"), follow_redirects=True) as client:
        page = client.get(link_in(mail))
        me = str(mail["To"])
        _send(client, page, "designate", caseworker=me)
        page = client.get(page.url)
        _send(client, page, "answer", text="신호등을 점검하고 조치했습니다.", step="send")


def _send(client: httpx.Client, page: httpx.Response, act: str, **fields: str) -> None:
    address = f"{page.url.path}/{act}"
    form = page.text.split(f'action="{address}"')[1].split("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    client.post(address, data=dict(hidden) | fields).raise_for_status()


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
    honcho = psutil.Process(place.process.pid)
    family = {one: [one, *one.children(recursive=True)] for one in honcho.children()}
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


def _name(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    for name in ("worker", "practice", "mailbox", "center"):
        if f"serve {name}" in words or f"{name} start" in words:
            return name
    return "prefect server" if "server" in words else words[-40:]


if __name__ == "__main__":
    main()
