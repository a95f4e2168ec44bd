"""`haechi broadcast` and `haechi cap`: disaster messages from a file, and stopping them."""

import tempfile
from pathlib import Path
from typing import Any

import click

from cli.root import fail, main
from settings import Settings

_UNKNOWN = (
    "there is no message {}. Name it by its sign, such as '[서울 훈련 2026-11-1]', by the number in "
    "its page's address, or by its event's number, such as X2026-1"
)


@main.group(invoke_without_command=True)
@click.option(
    "--file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="a YAML file with the fields of the form, see docs/disaster.md",
)
@click.option("--preview", is_flag=True, help="only show what each account would say")
@click.pass_context
def broadcast(ctx: click.Context, file: Path | None, preview: bool) -> None:
    """Submit a disaster message; a second person approves it before anything goes out."""
    if ctx.invoked_subcommand:
        return
    if file is None:
        raise click.UsageError("name the message: haechi broadcast --file bulletin.yaml")
    if preview:
        _preview(file)
    else:
        _submit(file)


def _preview(file: Path) -> None:
    """Fit it to every account and keep nothing."""
    place, bulletin, plain = _drafted(file, keep=False)
    for said in bulletin.said:
        account = place.registry.accounts[said.account_id]
        click.echo(f"── {account.id} ({account.network}, {said.way}, {said.language})")
        click.echo(f"{said.direct}\n")
    if plain:
        click.echo(
            f"── {', '.join(plain)}: only the template's general sentences; what the Korean text says "
            "besides is not in them"
        )
    for account_id, why in bulletin.left_out.items():
        click.echo(f"── {account_id}: {why}")


def _submit(file: Path) -> None:
    import one_machine

    # Before anything imports Prefect, which reads its settings once and would else start a server
    # of its own; that one would know no deployment.
    one_machine.use_prefect(Settings(), or_our_own=False)
    from tasks.mail import mail

    place, bulletin, _ = _drafted(file, keep=True)
    click.echo(f"{bulletin.marker} waits for a second person:")
    click.echo(f"  {place.settings.center}/broadcast/{bulletin.id}")
    try:
        _start_run(bulletin.id)
    except Exception as error:  # whatever Prefect's client meets; the draft is kept
        click.echo(
            f"Prefect was not reached ({type(error).__name__}: {error}): once approved, the run of "
            "`reply` sends it within a minute",
            err=True,
        )
        mail(place)


def _drafted(file: Path, *, keep: bool) -> tuple[Any, Any, Any]:
    """The workplace, the draft that the file makes, and which languages say only the template's
    general sentences; undone again unless it is to be kept."""
    import yaml

    from center.bulletin_notes import general_only
    from rules.bulletin import BulletinRefused
    from rules.bulletin_form import form_of
    from store.drafting import draft
    from tasks.workplace import workplace
    from templates.bulletin_words import bulletin_words
    from templates.card import described_card

    place = workplace()
    media = place.settings.media if keep else Path(tempfile.mkdtemp(prefix="haechi-preview-"))
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        fail(f"{file}: this is no YAML: {error}")
    if not isinstance(values, dict):
        fail(f"{file}: it must hold the form's fields, such as `hazard: flood`")
    try:
        with place.store.write() as session:
            bulletin, _ = draft(
                session,
                place.registry,
                form_of(values),
                words=bulletin_words,
                card=described_card,
                media=media,
                center=place.settings.public_center,
                at=place.now(),
            )
            _, plain = bulletin.said, general_only(bulletin)  # read while the session is open
            if not keep:
                session.rollback()
    except BulletinRefused as refused:
        fail("\n".join(f"- {why}" for why in refused.whys))
    return place, bulletin, plain


def _start_run(number: int) -> None:
    from prefect.deployments import run_deployment

    run_deployment("take-up/take-up", parameters={"bulletin": number}, timeout=0)


@broadcast.command("stop")
@click.argument("message", required=False)
@click.option("--by", required=True, help="your address, as the registry has it")
def broadcast_stop(message: str | None, by: str) -> None:
    """Keep back everything that is not out yet; say what is out.

    MESSAGE is one message, by the sign that stands in its texts, such as '[서울 훈련 2026-11-1]'
    (in quotes; the brackets may be left out), or by the number in its page's address; or all
    of an event, by its number, such as X2026-1. Without it everything on its way is stopped.
    """
    from registry.ask import roles_of
    from registry.model import Role
    from store.broadcast import stop
    from tasks.workplace import workplace

    place = workplace()
    if not {Role.ADMINISTRATOR, Role.COMMS_TEAM} & roles_of(place.registry, by):
        fail(f"{by} may not stop a broadcast: only administrators and the comms team may")
    with place.store.write() as session:
        chosen = _under_way(session, message)
        for bulletin in chosen:
            if bulletin.stopped_at is None:  # else it stays as it was stopped first
                stop(session, bulletin, who=by, at=place.now())
        told = [one.id for one in chosen or _last_sent(session, message)]
    if not chosen:
        click.echo(
            "nothing is on its way" + (", and this is what became of the last:" * bool(told))
        )
    for number in told:
        _tell_outcome(place, number)


def _under_way(session: Any, message: str | None) -> list[Any]:
    """What can still be stopped: of what is named so, or of all."""
    from store import waves
    from store.bulletins import bulletins_named

    going = waves.under_way(session)
    if message is None:
        return going
    found = bulletins_named(session, message)
    if not found:
        fail(_UNKNOWN.format(message))
    if all(one.approved_at is None for one in found):
        fail(f"{found[0].marker} was not approved: nothing of it goes, unless somebody approves it")
    return [one for one in going if one in found]


def _last_sent(session: Any, message: str | None) -> list[Any]:
    """What is over already: the newest of what is named so, or the one approved last."""
    from store.bulletin_lists import latest
    from store.bulletins import bulletins_named

    asked = bulletins_named(session, message) if message else latest(session)
    sent = {one.approved_at: one for one in asked if one.approved_at is not None}
    return [sent[max(sent)]] if sent else []


def _tell_outcome(place: Any, number: int) -> None:
    """How many accounts had it, how many were on their way, how many were kept back; and where."""
    from store.proof import report
    from store.stopped import stopped
    from store.tables import Bulletin

    with place.store.read() as session:
        bulletin = session.get_one(Bulletin, number)
        found = report(session, place.registry, bulletin)
        sums = stopped(found) if bulletin.stopped_at else f"{found.out} are out; it was not stopped"
        click.echo(f"{bulletin.marker}, of {found.taking_part} accounts: {sums}")
        for line in found.lines:
            if line.url or line.fate in ("waits", "in_doubt"):
                click.echo(f"  {line.account.id}: {line.fate} {line.url}")


@broadcast.command("show")
@click.argument("message")
def broadcast_show(message: str) -> None:
    """Say what became of a message, account by account, and when each post was read back.

    MESSAGE is the sign that stands in its texts, such as '[서울 훈련 2026-11-1]' (in quotes; the
    brackets may be left out), the number in its page's address, or its event's number, such as
    X2026-1: then it is the event's newest message, and the others are named.
    """
    from store.bulletins import bulletins_named
    from store.proof import FATE_NAMES, report
    from tasks.show_bulletin import so_far
    from tasks.workplace import workplace
    from templates.causes import in_korean

    place = workplace()
    with place.store.read() as session:
        named = bulletins_named(session, message)
        if not named:
            fail(_UNKNOWN.format(message))
        *others, bulletin = named
        for other in others:
            click.echo(f"{other.marker} ({other.kind}, {other.state}): see `show {other.id}`")
        found = report(session, place.registry, bulletin)
        zone = place.registry.city.zone
        told = so_far(bulletin.marker, found, place).replace("**", "")
        click.echo(f"{told} ({bulletin.kind}, {bulletin.state})")
        for line in found.lines:
            took = "" if line.seconds is None else f"{line.seconds:.1f}초"
            seen = "" if line.seen_at is None else f"{line.seen_at.astimezone(zone):%H:%M:%S} 읽음"
            words = (FATE_NAMES[line.fate], took, seen, line.url, in_korean(line.cause))
            click.echo("  ".join(["", line.account.id, *(word for word in words if word)]))


@main.group()
def cap() -> None:
    """CAP 1.2, the Common Alerting Protocol."""


@cap.command("check")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def cap_check(file: Path) -> None:
    """Say what is wrong with a CAP file: the schema first, then the rules that it lets through."""
    from cap.check import check_file
    from tasks.workplace import utc_now

    faults = check_file(file, at=utc_now())
    for fault in faults:
        click.echo(str(fault))
    if faults:
        raise SystemExit(1)
    click.echo("no fault")
