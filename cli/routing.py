"""`haechi routing`: the routing measured on anyone's files."""

from pathlib import Path

import click

from cli.root import fail, main


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
        fail(error)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
