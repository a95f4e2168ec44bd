"""`haechi audit` and `ledger`: what happened, verified and counted."""

from pathlib import Path

import click

from cli.root import fail, main
from settings import Settings


@main.command()
def audit() -> None:
    """Verify the history of every case; exits with 1 where a line was touched.

    Ends with what each year came to: kept elsewhere, it shows later that nothing was written anew.
    """
    from store.audit import faults, seals
    from store.open import open_store

    with open_store(Settings()).read() as session:
        found = 0
        for fault in faults(session):
            click.echo(str(fault))
            found += 1
        for seal in seals(session):
            click.echo(seal)
    click.echo(f"{found} faults" if found else "every history verifies")
    raise SystemExit(1 if found else 0)


@main.command()
@click.argument("month")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False))
def ledger(month: str, to: Path | None) -> None:
    """Write the ledger of a month, such as 2026-11: the cases received in it, as a workbook."""
    from tasks.book.making import make_ledger
    from tasks.book.month import LedgerError
    from tasks.workplace import workplace

    try:
        click.echo(str(make_ledger(workplace(), month, to, say=click.echo)))
    except LedgerError as error:
        fail(error)
