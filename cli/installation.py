"""`haechi start`, `serve` and `run`: the installation, one process of it, one flow."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from cli.city import put_in_use, registry_in_use, twin
from cli.root import fail, main
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
    "broadcast": "flows.broadcast:broadcast",
    "take-up": "flows.take_up:take_up",
    "exercise": "flows.exercise:exercise",
    "watch-events": "flows.watch_events:watch_events",
}


@main.command()
def start() -> None:
    """Start the one-machine installation; Ctrl-C stops all of it."""
    import one_machine

    settings = Settings()
    try:
        one_machine.check_ports(settings)
    except one_machine.PortTaken as taken:
        fail(taken)
    _first_registry(settings)
    one_machine.write_down(settings)
    click.echo(one_machine.welcome(settings))
    raise SystemExit(one_machine.run_honcho(settings))


def _first_registry(settings: Settings) -> None:
    """Import the shipped city where the store has none yet."""
    from store.registry import NoRegistry

    try:
        registry_in_use(settings)
    except NoRegistry:
        changes = put_in_use(settings, settings.city)
        rows = sum(len(changes[sheet].added) for sheet in changes.sheets)
        click.echo(f"The registry {settings.city} is in use now: {rows:,} rows imported.")


@main.group()
def serve() -> None:
    """Run one process of the Procfile."""


@serve.command("prefect")
def serve_prefect() -> None:
    """Prefect's server and its pages."""
    import one_machine

    one_machine.serve_prefect(Settings())


@serve.command("center")
def serve_center() -> None:
    """The staff's pages."""
    import one_machine
    from center.serve import serve as run

    settings = Settings()
    one_machine.write_down(settings)  # under a service manager nobody runs `haechi start`
    run(settings)


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
            limit=twin(account)["limit"],
            flagship=account.flagship,
        )
        for account in registry_in_use(settings).accounts.values()
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

    settings = Settings()
    if settings.live and not one_machine.answers(settings):
        fail(
            f"Prefect does not answer at {settings.prefect}, and it may hold the accounts' tokens: "
            "start it, or say where it is with HAECHI_PREFECT_PORT or PREFECT_API_URL"
        )
    one_machine.use_prefect(settings, or_our_own=not settings.live)
    module, _, function = FLOWS[name].partition(":")
    flow: Callable[[], Any] = getattr(import_module(module), function)
    flow()
