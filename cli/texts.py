"""`haechi due`, `mask` and `fit`: what the rules make of a moment and of a text."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from cli.city import city_in_use
from cli.root import fail, main
from registry.model import Network
from settings import Settings

if TYPE_CHECKING:  # only named: `haechi --help` does not wait for it
    from rules.measure import TextRule


@main.command()
@click.argument("received", type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]))
@click.option("--term", "term_text", required=True, help="3h, 7d, 2w, 1m")
@click.option("--extend", "extend_text", help="the extension, such as 7d")
def due(received: datetime, term_text: str, extend_text: str | None) -> None:
    """Say until when an answer is due, and why, line by line."""
    from rules.due import explanation, parse_term
    from store.desk import calendar_of

    city = city_in_use(Settings())
    at = received.replace(tzinfo=ZoneInfo(city.city.timezone))
    try:
        by = parse_term(extend_text) if extend_text else None
        for line in explanation(at, parse_term(term_text), calendar_of(city), by=by):
            click.echo(line)
    except ValueError as error:
        fail(error)


@main.command()
def mask() -> None:
    """Mask the private data in a text on standard input; the city's own contacts stay."""
    from center.public_mask import contacts
    from rules.mask import mask as masked

    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    click.echo(masked(text, keep=contacts(city_in_use(Settings()))), nl=False)


@main.command(epilog=f"NETWORK is one of {', '.join(Network)}.")
@click.argument(
    "network", type=click.Choice(list(Network), case_sensitive=False), metavar="NETWORK"
)
@click.option("--thread", is_flag=True, help="in as few posts as it takes, instead of cut")
def fit(network: Network, thread: bool) -> None:
    """Count a text on standard input as a network does, and show it as it would go out."""
    from rules.measure import TEXT_RULES, fits, measured
    from rules.relay import NEEDS_PICTURE

    rule, text = TEXT_RULES[network], _given()
    verdict = "fits" if fits(text, rule) else "does not fit"
    click.echo(f"{network}: {measured(text, rule)}: {verdict}")
    if network in NEEDS_PICTURE:
        click.echo("A post there needs a picture; an answer does not.")
    for post in _as_posts(text, rule, thread=thread):
        click.echo(f"\n{post}\n({measured(post, rule)})")


def _given() -> str:
    """The text on standard input, cleaned; what is no text ends the command."""
    from rules.clean import clean

    given = sys.stdin.buffer.read()
    try:
        text = clean(given.decode("utf-8-sig")).strip()
    except UnicodeDecodeError as error:
        line = given.count(b"\n", 0, error.start) + 1
        fail(
            f"not UTF-8: byte {error.start + 1} (0x{given[error.start]:02x}, line {line}) "
            "begins no character; save the text as UTF-8"
        )
    if not text:
        fail("there is nothing to publish: the text is empty")
    return text


def _as_posts(text: str, rule: TextRule, *, thread: bool) -> list[str]:
    """As it would go out; a link that is longer than a post goes nowhere and ends the command."""
    from rules.links import addresses
    from rules.measure import fits, measured
    from rules.text import cut
    from rules.thread import parts

    for link in addresses(text):
        if not fits(link, rule):
            shown = f"{link[:60]}…" if len(link) > 60 else link
            fail(f"cannot be published there: {shown} is too long a link, {measured(link, rule)}")
    try:
        return parts(text, rule) if thread else [cut(text, rule)]
    except ValueError as error:
        fail(error)
