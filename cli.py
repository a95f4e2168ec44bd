"""The command `haechi`."""

import contextlib
import sys
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click

from settings import Settings

#: Every flow by the name that Prefect knows it by.
FLOWS = {
    "collect": "flows.collect:collect",
    "classify": "flows.classify:classify",
    "assign": "flows.assign:assign",
    "reply": "flows.reply:reply",
    "mail": "flows.mail:mail",
    "remind": "flows.remind:remind",
    "check-accounts": "flows.check_accounts:check_accounts",
    "retrain": "flows.retrain:retrain",
    "ledger": "flows.ledger:ledger",
}


class Commands(click.Group):
    """Says what a person can act on in a line or two, rather than where in the code it was."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if not _is_clear(error):
                raise
            _fail(error)


def _is_clear(error: Exception) -> bool:
    """Whether an error's own words tell what happened and what to do."""
    from pydantic import ValidationError

    from registry.mistakes import RegistryError
    from store.engine import StoreError
    from store.registry import NoRegistry

    clear = (StoreError, NoRegistry, RegistryError, ValidationError, OSError)
    return isinstance(error, clear)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Haechi, the back office of a city's social media."""


def _fail(error: Exception | str) -> NoReturn:
    click.echo(str(error), err=True)
    raise SystemExit(1)


# --- the installation -------------------------------------------------------------------------


@main.command()
def start() -> None:
    """Start the one-machine installation; Ctrl-C stops all of it."""
    import one_machine

    settings = Settings()
    try:
        one_machine.check_ports(settings)
    except one_machine.PortTaken as taken:
        _fail(taken)
    _first_registry(settings)
    click.echo(one_machine.welcome(settings))
    one_machine.run_honcho(settings)


def _first_registry(settings: Settings) -> None:
    """Import the shipped city where the store has none yet."""
    from store import registry as registry_store
    from store.open import open_store

    try:
        with open_store(settings).read() as session:
            registry_store.load(session)
    except registry_store.NoRegistry:
        click.echo(str(_apply(settings, settings.city)).splitlines()[-1])


@main.group()
def serve() -> None:
    """Run one process of the Procfile."""


@serve.command("center")
def serve_center() -> None:
    """The staff's pages."""
    from center.serve import serve as run

    run(Settings())


@serve.command("practice")
def serve_practice() -> None:
    """The practice network, with a twin of every account of the registry."""
    from practice.network import CityAccount
    from practice.serve import serve_network

    settings = Settings()
    city = [
        CityAccount(
            handle=account.id,
            name=account.name,
            network_label=account.network,
            limit=_twin(account)["limit"],
        )
        for account in _registry(settings).accounts.values()
        if account.active
    ]
    serve_network(
        port=settings.practice_port,
        folder=settings.var / "practice",
        key=settings.practice_key,
        city=city,
        play_day=True,
    )


@serve.command("mailbox")
def serve_mailbox() -> None:
    """A real SMTP server for practice, and the page to read what it got."""
    from practice.serve import serve_mailbox as run

    settings = Settings()
    run(
        smtp_port=settings.smtp_port,
        page_port=settings.mailbox_port,
        maildir=settings.var / "mail",
    )


@serve.command("worker")
def serve_worker() -> None:
    """Deploy all of prefect.yaml, then run what is due."""
    import one_machine

    one_machine.run_worker(Settings())


@main.command()
@click.argument("name", type=click.Choice(list(FLOWS)))
def run(name: str) -> None:
    """Run one flow now."""
    import one_machine

    one_machine.use_prefect(Settings())
    module, _, function = FLOWS[name].partition(":")
    flow: Callable[[], Any] = getattr(import_module(module), function)
    flow()


# --- the registry -----------------------------------------------------------------------------


@main.group()
def registry() -> None:
    """Who we are: accounts, offices, staff, agreed words."""


@registry.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def registry_export(file: Path) -> None:
    """Write the registry in use as a workbook."""
    from registry import workbook

    workbook.write(_registry(Settings()), file)
    click.echo(f"{file}")


@registry.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
def registry_import(source: Path) -> None:
    """Check a workbook or a folder, and put all of it in use, or nothing."""
    settings = Settings()
    changes = _apply(settings, source)
    click.echo(str(changes))
    if not settings.live:
        _enrol_twins(settings, [key[0] for key in changes["accounts"].added])


def _enrol_twins(settings: Settings, account_ids: list[str]) -> None:
    """Let citizens of a running practice network write to new accounts at once."""
    import httpx

    from practice.client import Practice

    accounts = _registry(settings).accounts
    # not running, or another's: ours enrols every account when it starts
    not_ours = contextlib.suppress(httpx.HTTPError, ValueError)
    with Practice(settings.practice, settings.practice_key) as network, not_ours:
        for account_id in account_ids:
            network.token(account_id, **_twin(accounts[account_id]))


def _twin(account: Any) -> dict[str, Any]:
    """What the practice network knows of an account's twin."""
    from rules.text import TEXT_RULES

    return {"name": account.name, "city": True, "limit": TEXT_RULES[account.network].limit}


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
        _fail(error)
    click.echo(f"{file} 경계를 쓰기 시작했습니다.")


def _registry(settings: Settings) -> Any:
    from store import registry as registry_store
    from store.open import open_store

    with open_store(settings).read() as session:
        return registry_store.load(session)


def _city(settings: Settings) -> Any:
    """The registry in use; before the first start the shipped one."""
    from registry.load import load
    from store.registry import NoRegistry

    try:
        return _registry(settings)
    except NoRegistry:
        return load(settings.city)


def _apply(settings: Settings, source: Path) -> Any:
    """Put a registry in use, or fail with its mistakes; returns what changed."""
    from datetime import UTC

    from registry.load import load
    from store import registry as registry_store
    from store.open import open_store

    found = load(source)
    with open_store(settings).write() as session:
        return registry_store.apply(session, found, at=datetime.now(UTC))


# --- looking and measuring --------------------------------------------------------------------


@main.group()
def practice() -> None:
    """The practice network."""


@practice.command("token")
@click.argument("handle")
def practice_token(handle: str) -> None:
    """Print a token for a citizen or a city account on the practice network."""
    import httpx

    from practice.client import Practice

    settings = Settings()
    account = _registry(settings).accounts.get(handle)
    try:
        with Practice(settings.practice, settings.practice_key) as network:
            click.echo(network.token(handle, **(_twin(account) if account else {})))
    except httpx.HTTPError as error:
        _fail(
            f"the practice network at {settings.practice} does not answer ({error}): "
            "start it with `make run`, or say where it is with HAECHI_PRACTICE_URL"
        )
    except ValueError as error:
        _fail(error)


@main.command()
@click.argument("received", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]))
@click.option("--term", "term_text", required=True, help="3h, 7d, 2w, 1m")
@click.option("--extend", "extend_text", help="the extension, such as 7d")
def due(received: datetime, term_text: str, extend_text: str | None) -> None:
    """Say until when an answer is due, and why, line by line."""
    from rules.due import explanation, parse_term
    from store.desk import calendar_of

    city = _city(Settings())
    at = received.replace(tzinfo=ZoneInfo(city.city.timezone))
    try:
        by = parse_term(extend_text) if extend_text else None
        for line in explanation(at, parse_term(term_text), calendar_of(city), by=by):
            click.echo(line)
    except ValueError as error:
        _fail(error)


@main.command()
def mask() -> None:
    """Mask the private data in a text on standard input; the city's own contacts stay."""
    from center.public_mask import contacts
    from rules.mask import mask as masked

    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    click.echo(masked(text, keep=contacts(_city(Settings()))), nl=False)


@main.command()
def audit() -> None:
    """Verify the history of every case; exits with 1 where a line was touched."""
    from store.audit import faults
    from store.open import open_store

    with open_store(Settings()).read() as session:
        found = 0
        for fault in faults(session):
            click.echo(str(fault))
            found += 1
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
        _fail(error)


@main.group()
def routing() -> None:
    """Which office answers."""


@routing.command("evaluate")
@click.option("--offices", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--train", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--test", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--precision", default=0.95, show_default=True)
def routing_evaluate(offices: Path, train: Path, test: Path, precision: float) -> None:
    """Train on one file, decide another, and print the figures as JSON."""
    import json

    from routing.evaluate import evaluate

    try:
        found = evaluate(offices, train, test, precision)
    except ValueError as error:
        _fail(error)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
