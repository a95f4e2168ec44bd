"""`haechi due`, `mask` and `fit`: what the rules make of a moment and of a text."""

import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from cli.city import city_in_use
from cli.root import fail, main
from registry.model import Network
from settings import Settings


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


@main.command()
@click.argument("network", type=click.Choice([network.value for network in Network]))
@click.option("--thread", is_flag=True, help="in as many posts as it takes, instead of cut")
def fit(network: str, thread: bool) -> None:
    """Count a text on standard input as a network does, and show it as it would go out."""
    from rules.clean import clean
    from rules.text import TEXT_RULES, cut, fits, measured, parts

    rule = TEXT_RULES[Network(network)]
    text = clean(sys.stdin.buffer.read().decode("utf-8", "replace")).strip()
    click.echo(f"{network}: {measured(text, rule)}, {'fits' if fits(text, rule) else 'too long'}")
    try:
        posts = parts(text, rule) if thread else [cut(text, rule)]
    except ValueError as error:
        fail(error)
    for post in posts:
        click.echo(f"\n{post}\n({measured(post, rule)})")
