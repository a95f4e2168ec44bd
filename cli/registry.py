"""`haechi registry`: the workbook out and in, and the outlines of the districts."""

import contextlib
import shlex
from pathlib import Path

import click

from cli.city import put_in_use, registry_in_use, twin
from cli.root import fail, main
from settings import Settings


@main.group()
def registry() -> None:
    """Who we are: accounts, offices, staff, agreed words."""


@registry.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def registry_export(file: Path) -> None:
    """Write the registry in use as a workbook."""
    from registry import workbook

    found = registry_in_use(Settings())
    workbook.write(found, file)
    click.echo(
        f"{file}: {len(found.accounts)} accounts, {len(found.offices)} offices, "
        f"{len(found.staff)} people and the other sheets.\n"
        f"Change what you like, then: haechi registry import {shlex.quote(str(file))}"
    )


@registry.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
def registry_import(source: Path) -> None:
    """Check a workbook or a folder, and put all of it in use, or nothing."""
    settings = Settings()
    changes = put_in_use(settings, source)
    click.echo(str(changes))
    if not settings.live:
        _enrol_twins(settings, [key[0] for key in changes["accounts"].added])


def _enrol_twins(settings: Settings, account_ids: list[str]) -> None:
    """Let citizens of a running practice network write to new accounts at once."""
    import httpx

    from practice.client import Practice

    accounts = registry_in_use(settings).accounts
    # not running, or another's: ours enrols every account when it starts
    not_ours = contextlib.suppress(httpx.HTTPError, ValueError)
    with Practice(settings.practice, settings.practice_key) as network, not_ours:
        for account_id in account_ids:
            network.token(account_id, **twin(accounts[account_id]))


@registry.command("boundaries")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def registry_boundaries(file: Path) -> None:
    """Import the outlines of the districts (GeoJSON)."""
    from tasks.boundaries import BoundaryError, import_boundaries
    from tasks.workplace import workplace

    try:
        for warning in import_boundaries(workplace(), file.read_bytes()):
            click.echo(f"주의: {warning}", err=True)
    except BoundaryError as error:
        fail(error)
    click.echo(f"{file} 경계를 쓰기 시작했습니다.")
