"""`haechi practice`: what is asked of the practice network."""

import click

from cli.city import registry_in_use, twin
from cli.root import fail, main
from settings import Settings


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
    account = registry_in_use(settings).accounts.get(handle)
    try:
        with Practice(settings.practice, settings.practice_key) as network:
            click.echo(network.token(handle, **(twin(account) if account else {})))
    except httpx.HTTPError as error:
        fail(
            f"the practice network at {settings.practice} does not answer ({error}): "
            "start it with `make run`, or say where it is with HAECHI_PRACTICE_URL"
        )
    except ValueError as error:
        fail(error)
