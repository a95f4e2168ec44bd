"""`haechi accounts check`: a line for each account."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from cli.city import registry_in_use
from cli.root import fail, main
from settings import Settings

if TYPE_CHECKING:  # only named: `haechi --help` waits for none of them
    from collections.abc import Callable, Sequence

    from channels.model import Health
    from registry.model import Account


@main.group()
def accounts() -> None:
    """The city's accounts on their networks."""


def named(ids: Sequence[str], settings: Settings) -> list[Account]:
    """The accounts of these ids; all that are in use where none is named."""
    from registry.ask import active_accounts
    from registry.mistakes import suggestion

    registry = registry_in_use(settings)
    for id_ in ids:
        if id_ not in registry.accounts:
            fail(f"there is no account {id_!r}. {suggestion(id_, list(registry.accounts))}")
    return [registry.accounts[id_] for id_ in ids] or active_accounts(registry)


def can(health: Health, zone: Any = None) -> str:
    """What an account can do, and until when (in this time zone; the machine's where none is given)."""
    said = [
        "reads" if health.reads else "does not read",
        "writes" if health.writes else "does not write",
    ]
    if health.limit_left is not None:
        said.append(f"{health.limit_left:,} requests left")
    if health.expires is not None:
        said.append(f"expires {health.expires.astimezone(zone):%Y-%m-%d}")
    return ", ".join(said)


@accounts.command("check")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--live", is_flag=True, help="the real networks, in practice mode too")
def check(ids: tuple[str, ...], *, live: bool) -> None:
    """Print a line for each account: reads, writes, requests left, expiry, and what is wrong.

    Nothing is published. In practice mode it asks the twins on the practice network. Exits with 1
    where an account is in trouble.
    """
    settings = Settings()
    real = live or settings.live
    if real:
        _reach_prefect(settings)
    from tasks.check_accounts import ask_all, in_trouble  # after that: they import Prefect
    from tasks.workplace import workplace

    place = workplace()
    asked = named(ids, settings)
    using = [account for account in asked if account.active]
    where = "the real networks" if real else "the twins on the practice network (--live: the real)"
    click.echo(f"Asking {len(using)} accounts on {where} …", err=True)
    checked = ask_all(place, using, live=real, done=_progress(len(using)))
    trouble = in_trouble(checked)
    width = max((len(account.id) for account in asked), default=0)
    counted: Counter[str] = Counter()
    for account, health in sorted(checked, key=lambda one: (one not in trouble, one[0].id)):
        state = _state(account, health, live=real)
        counted[state] += 1
        said = _said(account, health, place, live=real)
        click.echo(
            "  ".join([f"{state:11}", f"{account.id:{width}}", f"{account.network:10}", said])
        )
    for account in asked:
        if not account.active:
            counted["closed"] += 1
            click.echo(f"{'closed':11}  {account.id:{width}}  {account.network}")
    click.echo(", ".join(f"{number} {state}" for state, number in counted.items()), err=True)
    _tell_month(place)
    raise SystemExit(1 if trouble else 0)


def _reach_prefect(settings: Settings) -> None:
    """Before anything imports Prefect, which reads its settings once: it may hold the secrets."""
    import one_machine

    one_machine.use_prefect(settings, or_our_own=False)
    if not one_machine.answers(settings):
        click.echo(
            f"Prefect does not answer at {settings.prefect}: only secrets of the environment are "
            "known",
            err=True,
        )


def _progress(total: int) -> Callable[[], None]:
    """To be called when an account has answered: how many have, on a terminal's last line."""
    count = itertools.count(1)

    def done() -> None:
        if sys.stderr.isatty():
            so_far = next(count)
            click.echo(f"\r{so_far} of {total}", nl=so_far == total, err=True)

    return done


def _state(account: Account, health: Health, *, live: bool) -> str:
    """How an account fares, in one or two words."""
    from tasks.check_accounts import by_hand, well

    if by_hand(health):
        return "by hand"
    if well(account, health):
        return "ok"
    return "unconnected" if live and _lacks_secret(health) else "trouble"


def _lacks_secret(health: Health) -> bool:
    from channels.errors import Trouble

    return health.reason.startswith(f"{Trouble.CREDENTIAL}:")


def _said(account: Account, health: Health, place: Any, *, live: bool) -> str:
    from tasks.check_accounts import by_hand

    if by_hand(health):
        reads = f", a program reads it ({health.name})" if health.reads else ""
        return f"people post there{reads}"
    said = [can(health, place.calendar.tz)]
    if health.name:
        said.append(f"({health.name})")
    if health.reason:
        said.append(health.reason)
    if live and _lacks_secret(health):
        said.append(f"→ haechi accounts connect {account.id}")
    return "  ".join(said)


def _tell_month(place: Any) -> None:
    """What was counted this month of what a network bills, and what it comes to by its own prices."""
    from decimal import Decimal

    from channels.directory import priced
    from store.budgets import counted

    at = place.now()
    for network, prices in priced().items():
        with place.store.read() as session:
            found = counted(session, network, at)
        for what, number in sorted(found.items()):
            cost = prices.get(what, Decimal(0)) * number
            click.echo(f"{at:%Y-%m}  {network}  {what}: {number:,}, ${cost:,.2f} at the most")
        if found:
            total = sum(prices.get(what, Decimal(0)) * n for what, n in found.items())
            click.echo(f"{at:%Y-%m}  {network}  in all: ${total:,.2f} at the most")
