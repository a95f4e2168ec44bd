"""The ledger of a month with 100,000 cases: memory and time, against bare openpyxl.

Each is a process of its own. The bare one writes as many cells of the same kinds, unformatted,
with `write_only`, and reads nothing: no store, no masking, no figures, no charts.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from sqlalchemy import insert

from registry.load import load
from registry.model import OfficeKind
from rules.case import Status
from rules.kind import NEEDS_ANSWER, Urgency
from settings import HOME, Settings
from store import registry as registry_store
from store.open import open_store
from store.tables import MACHINE, Case, Designation, Post
from tasks.book.making import make_ledger
from tasks.book.register import FIELDS
from tasks.workplace import Workplace

CASES = 100_000
ASKED_MB = 300
MONTH = "2026-10"
START = datetime(2026, 9, 30, 15, tzinfo=UTC)
MADE = datetime(2026, 11, 2, 1, tzinfo=UTC)
_MONTH_LENGTH = timedelta(days=31).total_seconds()
_BATCH = 5_000


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory(prefix="haechi-bench-") as folder:
        fill(_settings(folder), CASES)
        ours, bare = _measured("ours", folder), _measured("bare", folder)
    print(f"{'ledger of 100,000 cases':<28}{'haechi':>10}{'openpyxl':>10}{'ratio':>8}{'asked':>8}")
    print(
        f"{'peak memory, MB':<28}{ours['mb']:>10.0f}{bare['mb']:>10.0f}"
        f"{ours['mb'] / bare['mb']:>8.2f}{'< ' + str(ASKED_MB):>8}"
        f"{'' if ours['mb'] < ASKED_MB else '  SHORT'}"
    )
    print(
        f"{'seconds':<28}{ours['seconds']:>10.1f}{bare['seconds']:>10.1f}"
        f"{ours['seconds'] / bare['seconds']:>8.2f}{'-':>8}"
    )


def _settings(folder: str) -> Settings:
    return Settings(var=Path(folder), database_url="", live=False)


def _measured(which: str, folder: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.ledger", which, folder]
    done = subprocess.run(command, cwd=HOME, check=True, capture_output=True, text=True)  # noqa: S603 -- ourselves
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _ours(folder: str) -> None:
    settings = _settings(folder)
    place = Workplace(settings=settings, store=open_store(settings), now=lambda: MADE)
    made = make_ledger(place, MONTH)
    if made.received != CASES:
        raise RuntimeError(f"{made.received} cases in the ledger, not {CASES}")


def _bare(folder: str) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("bare")
    texts, chance = _texts(), random.Random(1)  # noqa: S311 -- not for secrets
    kinds = [field.column.number_format for field in FIELDS]
    for number in range(CASES):
        sheet.append([_cell(kind, number, chance) for kind in kinds[:-1]] + [chance.choice(texts)])
    book.save(Path(folder) / "bare.xlsx")


def _cell(number_format: str, number: int, chance: random.Random) -> object:
    if number_format.startswith("yyyy"):
        return datetime(2026, 10, 1) + timedelta(seconds=number)
    return f"담당 기관 {number % 80}" if number_format == "General" else chance.random() * 50


def _peak_mb() -> float:
    """The most memory that this process ever held at once (Linux, from the kernel)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel does not say how much memory was used")


def fill(settings: Settings, cases: int) -> None:
    """A store with Seoul's registry and a month of cases, a fifth of them with a second post."""
    store = open_store(settings)
    with store.write() as session:
        registry_store.apply(session, load(settings.city), at=START)
    rows = _rows(settings, cases)
    while batch := list(islice(rows, _BATCH)):
        with store.write() as session:
            session.execute(insert(Case), [case for case, _, _ in batch])
            session.execute(insert(Post), [post for _, posts, _ in batch for post in posts])
            session.execute(insert(Designation), [one for _, _, named in batch for one in named])
    store.close()


Rows = tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]


def _texts() -> list[str]:
    return [example.text for example in load(Settings().city).examples]


def _rows(settings: Settings, cases: int) -> Iterator[Rows]:
    city, chance = load(settings.city), random.Random(7)  # noqa: S311 -- not for secrets
    texts = [example.text for example in city.examples]
    districts = [
        office.id for office in city.offices.values() if office.kind is OfficeKind.DISTRICT
    ]
    accounts, offices = list(city.accounts.values()), list(city.offices)
    for number in range(1, cases + 1):
        account = chance.choice(accounts)
        received = START + timedelta(seconds=chance.random() * _MONTH_LENGTH)
        answered = received + timedelta(hours=chance.expovariate(1 / 40))
        office, sampled = chance.choice(offices), chance.random() < 0.03
        case = {
            "id": number,
            "number": f"2026-{number:06d}",
            "status": Status.REPLIED if answered < MADE else Status.ASSIGNED,
            "kind": chance.choice(sorted(NEEDS_ANSWER)),
            "urgency": Urgency.NORMAL,
            "account_id": account.id,
            "office_id": office,
            "district_id": chance.choice(districts),
            "caseworker": f"worker{number % 400}@seoul.example",
            "received_at": received,
            "since": received,
            "first_reply_at": received + timedelta(minutes=2),
            "answered_at": answered if answered < MADE else None,
            "replied_at": answered + timedelta(minutes=1) if answered < MADE else None,
            "due_at": received + timedelta(days=7),
            "hand_backs": int(chance.random() < 0.05),
            "decided_by": MACHINE if chance.random() < 0.5 else "comms@seoul.example",
            "confidence": chance.random(),
            "sampled": sampled,
        }
        posts = [
            {
                "network": account.network,
                "remote_id": f"{number}-{part}",
                "account_id": account.id,
                "case_id": number,
                "author_id": f"a{number}",
                "author_handle": f"citizen{number}",
                "author_name": "시민",
                "text": chance.choice(texts),
                "url": "",
                "created_at": received,
                "collected_at": received,
            }
            for part in range(1 + (chance.random() < 0.2))
        ]
        named = {"case_id": number, "office_id": office, "by": "comms@seoul.example"}
        named |= {"at": received, "guess": office, "confidence": 0.97, "sure": True}
        yield case, posts, [named] if sampled else []


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["ours" | "bare" as which, folder]:
            started = time.perf_counter()
            (_ours if which == "ours" else _bare)(folder)
            print(json.dumps({"seconds": time.perf_counter() - started, "mb": _peak_mb()}))
        case _:
            main()
