"""The workbook that a bulletin's report carries: made when the mail leaves, and kept in no row."""

import logging
from collections.abc import Iterable, Mapping

from channels.mail import Attached
from store import proof
from store.proof_rows import proof_facts
from store.tables import Bulletin, Mail
from tasks.workplace import Workplace

#: The mails that carry it; their facts name the bulletin.
WITH_BOOK = frozenset({"bulletin_report"})

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_log = logging.getLogger(__name__)


def book_wanted(row: Mail) -> int | None:
    """The bulletin whose workbook a mail carries; None where it carries none."""
    number = row.facts.get("bulletin")
    return number if row.event in WITH_BOOK and isinstance(number, int) else None


def books(place: Workplace, numbers: Iterable[int | None]) -> Mapping[int, Attached]:
    """Each bulletin's workbook, once for all its mails.

    One that cannot be made is left out: the report's words, and the page behind it, go all the same.
    """
    made = {}
    for number in {number for number in numbers if number is not None}:
        try:
            made[number] = _book(place, number)
        except Exception:
            _log.exception(
                "the workbook of bulletin %s cannot be made; its mails go without", number
            )
    return made


def _book(place: Workplace, number: int) -> Attached:
    from templates.proof_book import proof_book  # openpyxl is long to import, and few need it

    with place.store.read() as session:
        bulletin = session.get_one(Bulletin, number)
        found = proof.report(session, place.registry, bulletin)
        facts = proof_facts(bulletin, found, place.registry)
    return Attached(name=f"bulletin-{number}.xlsx", kind=XLSX, content=proof_book(facts))
