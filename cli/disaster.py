"""`haechi broadcast` and `haechi cap`: disaster messages from a file, and stopping them."""

import tempfile
from pathlib import Path
from typing import Any

import click

from cli.root import fail, main
from settings import Settings


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
    place, bulletin = _drafted(file, keep=False)
    for said in bulletin.said:
        account = place.registry.accounts[said.account_id]
        click.echo(f"── {account.id} ({account.network}, {said.way}, {said.language})")
        click.echo(f"{said.direct}\n")
    for account_id, why in bulletin.left_out.items():
        click.echo(f"── {account_id}: {why}")


def _submit(file: Path) -> None:
    from tasks.mail import mail

    place, bulletin = _drafted(file, keep=True)
    click.echo(f"{bulletin.marker} waits for a second person:")
    click.echo(f"  {place.settings.center}/broadcast/{bulletin.id}")
    try:
        _start_run(bulletin.id)
    except Exception as error:  # whatever Prefect's client meets; the draft is kept
        click.echo(
            f"Prefect was not reached ({type(error).__name__}): once approved, the run of `reply` "
            "sends it within a minute",
            err=True,
        )
        mail(place)


def _drafted(file: Path, *, keep: bool) -> tuple[Any, Any]:
    """The workplace, and the draft that the file makes; undone again unless it is to be kept."""
    import yaml

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
                center=place.settings.center,
                at=place.now(),
            )
            _ = bulletin.said  # read while the session is open
            if not keep:
                session.rollback()
    except BulletinRefused as refused:
        fail("\n".join(f"- {why}" for why in refused.whys))
    return place, bulletin


def _start_run(number: int) -> None:
    import one_machine

    one_machine.use_prefect(Settings())
    from prefect.deployments import run_deployment

    run_deployment("broadcast/broadcast", parameters={"take_up": number}, timeout=0)


@broadcast.command("stop")
@click.argument("marker", required=False)
@click.option("--by", required=True, help="your address, as the registry has it")
def broadcast_stop(marker: str | None, by: str) -> None:
    """Keep back everything that is not out yet, of one message or of all; say what is."""
    from registry.ask import roles_of
    from registry.model import Role
    from store.broadcast import stop
    from tasks.workplace import workplace

    place = workplace()
    if not {Role.ADMINISTRATOR, Role.COMMS_TEAM} & roles_of(place.registry, by):
        fail(f"{by} may not stop a broadcast: only administrators and the comms team may")
    with place.store.write() as session:
        chosen = _under_way(session, marker)
        for bulletin in chosen:
            if bulletin.stopped_at is None:  # else it stays as it was stopped first
                stop(session, bulletin, who=by, at=place.now())
        told = [one.id for one in chosen or _last_sent(session, marker)]
    if not chosen:
        click.echo(
            "nothing is on its way" + (", and this is what became of the last:" * bool(told))
        )
    for number in told:
        _tell_outcome(place, number)


def _under_way(session: Any, marker: str | None) -> list[Any]:
    """What can still be stopped: the message of this marker, or all of them."""
    from store import waves
    from store.bulletins import bulletin_of

    found = bulletin_of(session, marker) if marker else None
    if marker and found is None:
        fail(f"there is no message {marker}")
    if found is not None and found.approved_at is None:
        fail(f"{found.marker} was not approved: nothing of it goes, unless somebody approves it")
    return [one for one in waves.under_way(session) if found is None or one.id == found.id]


def _last_sent(session: Any, marker: str | None) -> list[Any]:
    """What is over already: the message of this marker, or the one approved last."""
    from store.bulletin_lists import latest
    from store.bulletins import bulletin_of

    if marker:
        return [bulletin_of(session, marker)]
    sent = [one for one in latest(session) if one.approved_at is not None]
    return sorted(sent, key=lambda one: one.approved_at or one.submitted_at)[-1:]


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
@click.argument("marker")
def broadcast_show(marker: str) -> None:
    """Say what became of a message, account by account."""
    from store.bulletins import bulletin_of
    from store.proof import report
    from tasks.workplace import workplace

    place = workplace()
    with place.store.read() as session:
        bulletin = bulletin_of(session, marker)
        if bulletin is None:
            fail(f"there is no message {marker}")
        found = report(session, place.registry, bulletin)
        click.echo(f"{bulletin.marker} ({bulletin.kind}, {bulletin.state}): {found}")
        for line in found.lines:
            took = "" if line.seconds is None else f"{line.seconds:.1f} s"
            words = (line.account.id, line.fate, took, line.url, line.cause)
            click.echo("  " + "  ".join(word for word in words if word))


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
