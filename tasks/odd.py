"""Errors that nobody expected: logged for whoever mends them, told without what anybody wrote."""

import logging
import traceback
from pathlib import Path
from types import TracebackType

from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger

from channels.base import Trouble
from settings import HOME

_log = logging.getLogger(__name__)


def odd_cause(whose: str, error: Exception) -> str:
    """Log the error with whose it was, in the run's own log where there is one; returns its cause.

    Both say what kind of error it was and where in the code, and nothing that it quotes: that
    may be a citizen's text.
    """
    told = f"{whose}: {type(error).__name__} in {_where(error.__traceback__)}"
    frames = "".join(traceback.format_tb(error.__traceback__))  # lines of code, no values
    _logger().error("%s\n%s", told, frames)
    return f"{Trouble.ODD}: {told}"


def _logger() -> "logging.Logger | logging.LoggerAdapter[logging.Logger]":
    try:
        return get_run_logger()
    except MissingContextError:
        return _log


def _where(trace: TracebackType | None) -> str:
    """The last line of ours that it came through, such as `tasks/reading.py:103`."""
    frames = traceback.extract_tb(trace)
    ours = [
        f for f in frames if Path(f.filename).is_relative_to(HOME) and ".venv" not in f.filename
    ]
    last = next(reversed(ours or frames), None)
    if last is None:
        return "an unknown place"
    path = Path(last.filename)
    return f"{path.relative_to(HOME) if ours else path.name}:{last.lineno}"
