"""`haechi accounts connect`: what to create on a network, verified before it is kept."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING

import click

from cli.account_health import accounts, can, named
from cli.root import fail
from settings import Settings, secret_variable

BYTE_ORDER_MARK = "\ufeff"  # Windows' editors write one
if TYPE_CHECKING:  # only named: `haechi --help` waits for none of them
    from collections.abc import Mapping

    from channels.connecting import Connecting, Part
    from registry.model import Account


@accounts.command("connect")
@click.argument("account_id", metavar="ID")
@click.option(
    "--from",
    "file",
    type=click.File(encoding="utf-8"),
    help="a JSON file with the parts (`-`: standard input), instead of being asked for them",
)
def connect(account_id: str, file: IO[str] | None) -> None:
    """Say what to create on the account's network, verify what it gave, and keep it in Prefect.

    The real network is asked, in practice mode, too; nothing is published. What it refuses is not
    kept. No value is ever printed.
    """
    from channels.directory import connecting

    settings = Settings()
    account = named([account_id], settings)[0]
    if not account.active:
        fail(f"{account.id} is closed: the registry's column `active` says so")
    needs = connecting(account, settings)
    click.echo(f"{account.id}: {account.name}, @{account.handle} on {account.network}\n")
    for number, step in enumerate(needs.steps_for(account), start=1):
        click.echo(f"{number}. {step}")
    click.echo()
    if needs.parts:
        _connect(account, needs, file, settings)
    else:
        _tell_by_hand(account, settings)


def _connect(account: Account, needs: Connecting, file: IO[str] | None, settings: Settings) -> None:
    from channels.credential import NotKept, keep

    _check_keepable(account, settings)
    if file is None and any(part.hidden for part in needs.parts):
        click.echo("What you type or paste is not shown; Enter ends it.", err=True)
    given = (
        {**needs.known(account), **_from_file(file, needs)}
        if file
        else _typed(account, needs, settings)
    )
    secret = _whole(needs, given)
    click.echo(f"Asking {account.network}, without publishing anything …", err=True)
    _verify(account, secret, given, settings)
    try:
        keep(account.credential, secret, settings)
    except NotKept as error:
        fail(f"{account.id} answers, but its secret was not kept: {error}")
    click.echo(
        f"Kept in the Prefect Secret block {account.credential!r}; every worker uses it within 5 "
        "minutes."
    )
    if settings.secret(account.credential):
        variable = secret_variable(account.credential)
        click.echo(f"But {variable} is set, too, and wins over it: unset it everywhere.", err=True)


def _check_keepable(account: Account, settings: Settings) -> None:
    """Before anybody types a secret: is there a place to keep it?"""
    import one_machine
    from channels.credential import BLOCK_NAME

    name = account.credential
    wanted = name or account.id.replace("_", "-")
    if not BLOCK_NAME.fullmatch(name):
        what = f"cannot be the name of a Prefect block: {name!r}" if name else "is empty"
        fail(
            f"the column `credential` of {account.id} {what}.\nWrite {wanted.lower()!r} there: "
            "haechi registry export city.xlsx, change it, haechi registry import city.xlsx"
        )
    one_machine.use_prefect(settings, or_our_own=False)
    if not one_machine.answers(settings):
        fail(
            f"Prefect, which keeps the secrets, does not answer at {settings.prefect}: start it "
            "(`haechi start`), or say where it is with HAECHI_PREFECT_PORT or PREFECT_API_URL.\n"
            f"The other way, without Prefect: set {secret_variable(name)} in the environment of "
            "every process; `haechi accounts check` then verifies it."
        )


def _typed(account: Account, needs: Connecting, settings: Settings) -> Mapping[str, str]:
    """Every part, asked for in turn; Enter begins a sign-in where one can give it."""
    given: dict[str, str] = {}
    known = needs.known(account)
    try:
        for part in needs.parts:
            if part.name not in given:
                value = _asked(part, known.get(part.name, ""))
                given |= {part.name: value} if value else _signed_in(account, given, settings)
    except click.Abort:  # Ctrl-C, or nobody is there to type
        click.echo(err=True)
        fail("nothing was kept. Where nobody can type: --from FILE, or `--from -`")
    return given


def _signed_in(account: Account, given: Mapping[str, str], settings: Settings) -> Mapping[str, str]:
    """What the network gives whoever signs in there as the account, or fail with its words."""
    from channels.base import ChannelBusy, ChannelError
    from channels.directory import live_channel

    try:
        begun = live_channel(account, settings).sign_in(account, given)
        click.echo(
            f"Open this address in a browser that is signed in to {account.network} as "
            f"@{account.handle}, and as no other account, and allow the app there:\n\n"
            f"  {begun.address}\n"
        )
        return begun.redeem(_asked(begun.shown))
    except (ChannelBusy, ChannelError) as error:
        fail(_without([f"nothing was kept: {error}"], list(given.values())))


def _asked(part: Part, known: str = "") -> str:
    """One part, asked for until it has its form; what is hidden is not echoed.

    "" for a part that may be got by a sign-in instead. Enter takes what is `known`.
    """
    from channels.connecting import WrongForm, checked

    while True:
        answer: str = click.prompt(
            f"{part.called} ({part.name}{f'; Enter: {part.instead}' if part.instead else ''})",
            default=known,
            show_default=bool(known),
            hide_input=part.hidden,
            err=True,
        )
        if part.instead and not answer.strip():
            return ""
        try:
            return checked(part, answer)
        except WrongForm as error:  # its words never hold the value
            click.echo(f"{error}", err=True)


def _from_file(file: IO[str], needs: Connecting) -> Mapping[str, str]:
    names = ", ".join(part.name for part in needs.parts)
    text = file.read().lstrip(BYTE_ORDER_MARK).strip()
    if not text:
        fail(f"nothing was kept: the file is empty; it must hold {names}")
    try:
        found = json.loads(text)
    except ValueError as error:
        if not needs.bare:
            fail(f"nothing was kept: the file is no JSON object with {names}: {error}")
        found = text
    if isinstance(found, str | int) and needs.bare:
        found = {needs.parts[0].name: text.strip('"')}
    if not isinstance(found, dict):
        fail(f"nothing was kept: the file must hold a JSON object with {names}")
    if unknown := set(found) - {part.name for part in needs.parts}:
        fail(f"nothing was kept: {', '.join(sorted(unknown))} is not asked for, only {names}")
    return {str(name): str(value) for name, value in found.items()}


def _whole(needs: Connecting, given: Mapping[str, str]) -> str:
    from channels.connecting import WrongForm

    try:
        return needs.secret(given)
    except WrongForm as error:
        fail(f"nothing was kept: {error}")


def _verify(account: Account, secret: str, given: Mapping[str, str], settings: Settings) -> None:
    """Ask the real network with what was given, or fail with its words."""
    from channels.credential import trying
    from channels.directory import live_channel
    from tasks.check_accounts import well

    with trying(account.credential, secret):
        health = live_channel(account, settings).check(account)
    if not well(account, health):
        lines = [f"nothing was kept: {account.id} was not verified.", _todo(health.reason)]
        lines.append(f"({health.reason})")
        fail(_without([line for line in lines if line], [secret, *given.values()]))
    told_name = f" as {health.name}" if health.name else ""
    click.echo(_without([f"It answers{told_name}: {can(health)}."], [secret, *given.values()]))


def _todo(reason: str) -> str:
    """What to do before the command is run again, where the words for a message would mislead."""
    from channels.errors import Trouble

    kind = reason.partition(":")[0]
    if kind == Trouble.BUSY:
        return (
            "Its network could not be asked. Check the registry's column `server`, and that this "
            "machine reaches the internet (behind a proxy: docs/networks.md); then run this again."
        )
    if kind in (Trouble.REVOKED, Trouble.REFUSED):
        return "The network does not take this secret. Copy it anew, or make another as above."
    if kind == Trouble.CREDENTIAL:
        return "Sign in to the network as this account, and take the secret from there."
    return ""


def _without(lines: list[str], secrets: list[str]) -> str:
    """The lines as they may be shown: a server may quote what it was sent."""
    text = "\n".join(lines)
    for secret in sorted(filter(_long, secrets), key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


def _long(secret: str) -> bool:
    return len(secret.strip()) >= 8  # less is no token, and stands in many words


def _tell_by_hand(account: Account, settings: Settings) -> None:
    """Who will be asked for their hands; and whether a program reads there, at least."""
    from channels.directory import live_channel
    from registry.model import Role
    from store.open import open_store
    from store.registry import addresses

    with open_store(settings).read() as session:
        owners = addresses(session, Role.MANAGER, account.office)
        team = addresses(session, Role.COMMS_TEAM)
    click.echo(
        "What is to be said there becomes a person's task. A mail with the exact text, a copy "
        "button, the deadline and a box for the post's address goes to"
    )
    click.echo(f"  {', '.join(owners) or '(no manager in the registry)'}: {account.office}")
    click.echo(f"  {', '.join(team) or '(nobody in the registry)'}: the comms team")
    health = live_channel(account, settings).check(account)
    read = "a program reads there" if health.reads else "nothing is read there by a program"
    click.echo(f"Reading: {read}.")
