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
    """Print a token for a citizen or a city account on the practice network.

    HANDLE is what stands behind the @ on their page: a-z, 0-9 and _. A citizen who has none yet
    comes into being with it.
    """
    import httpx

    from practice import tokens
    from practice.client import Practice

    settings = Settings()
    account = registry_in_use(settings).accounts.get(handle)
    try:
        with Practice(settings.practice, settings.practice_key) as network:
            if not tokens.HANDLE.fullmatch(handle):
                fail(_no_handle(handle, network.handles(handle)))
            click.echo(network.token(handle, **(twin(account) if account else {})))
    except httpx.HTTPError as error:
        fail(
            f"the practice network at {settings.practice} does not answer ({error}): "
            "start it with `make run`, or say where it is with HAECHI_PRACTICE_URL"
        )
    except ValueError as error:
        fail(error)


def _no_handle(told: str, known: list[str]) -> str:
    """What to type instead of a nickname."""
    if known:
        return f"{told} is a nickname; the handle is {known[0]}: haechi practice token {known[0]}"
    return (
        f"{told!r} is no handle (a-z, 0-9 and _), and nobody goes by this nickname. "
        "A handle stands behind the @ on a citizen's page"
    )
