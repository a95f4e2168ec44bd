"""Steps of `ledger`: the month's workbook is made, its readers get mail, the run shows its figures."""

from prefect import task
from prefect.artifacts import create_table_artifact

from registry.model import Role
from store.mails import queue_mail
from store.registry import addresses
from tasks.book.making import Ledger, last_month, make_ledger, remake_ledgers
from tasks.workplace import Workplace, workplace

#: Who reads the ledger.
READERS = (Role.ADMINISTRATOR, Role.COMMS_TEAM)


@task(name="write ledger")
def write_ledger(month: str | None) -> Ledger:
    """Write the workbook of a month, or of last month."""
    place = workplace()
    return make_ledger(place, month or last_month(place))


@task(name="forget in ledgers")
def forget_in_ledgers() -> int:
    """Make kept ledgers anew that hold what a citizen deleted since; returns how many."""
    return remake_ledgers(workplace())


@task(name="tell readers")
def tell_readers(made: Ledger) -> int:
    """Record a mail to everyone who reads the ledger."""
    return tell(workplace(), made)


@task(name="show ledger")
def show_ledger(made: Ledger) -> None:
    """The figures as a table beside the run."""
    create_table_artifact(
        key="ledger",
        table=[{"항목": name, "값": value} for name, value in figures(made).items()],
        description=f"{made.month} 소통 대장: `{made.path}`",
    )


def tell(place: Workplace, made: Ledger) -> int:
    """Record a mail to each administrator and member of the comms team; returns to how many.

    Each gets one for a month, however often its ledger is made.
    """
    with place.store.write() as session:
        readers = {address for role in READERS for address in addresses(session, role)}
        for address in sorted(readers):
            queue_mail(
                session,
                "ledger",
                address,
                key=f"ledger:{made.month}:{address}",
                at=place.now(),
                path="/",
                facts={
                    "month": made.month,
                    "received": made.received,
                    "replied": made.replied,
                    "overdue": made.overdue,
                    "file": str(made.path),
                },
            )
    return len(readers)


def figures(made: Ledger) -> dict[str, int | str]:
    """What the run shows, by its Korean name."""
    return {
        "접수": made.received,
        "답변": made.answered,
        "답변 전달": made.replied,
        "기한 경과": made.overdue,
        "반려(회)": made.hand_backs,
        "개인 계정으로 온 건": made.personal,
        "자치구로 간 건": made.to_districts,
        "기계가 결정": made.by_machine,
        "사람이 결정": made.by_person,
        "표본 중 기계가 맞음": f"{made.right} / {made.sampled}",
        "파일": str(made.path),
    }
