"""What every command hangs from: `main`, and how a mistake is said.

Commands import what they need when they run, so that `haechi --help` does not wait for all of it.
"""

from typing import Any, NoReturn

import click


class Commands(click.Group):
    """Says what a person can act on in a line or two, rather than where in the code it was."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if not _is_clear(error):
                raise
            fail(error)


HELP = ["-h", "--help"]

#: These go by their own environment alone: the installation, and what needs none.
ON_THEIR_OWN = {"start", "serve", "cap"}


@click.group(cls=Commands, context_settings={"help_option_names": HELP})
@click.pass_context
def main(ctx: click.Context) -> None:
    """Haechi, the back office of a city's social media."""
    if ctx.invoked_subcommand in ON_THEIR_OWN or set(HELP) & set(ctx.args):
        return
    import one_machine
    from settings import Settings

    one_machine.join(Settings())


def fail(error: Exception | str) -> NoReturn:
    """Say it on standard error and exit with 1."""
    click.echo(str(error), err=True)
    raise SystemExit(1)


def _is_clear(error: Exception) -> bool:
    """Whether an error's own words tell what happened and what to do."""
    from pydantic import ValidationError

    from one_machine import StoreElsewhere
    from registry.mistakes import RegistryError
    from store.engine import StoreError
    from store.registry import NoRegistry

    clear = (StoreError, NoRegistry, RegistryError, StoreElsewhere, ValidationError, OSError)
    return isinstance(error, clear)
