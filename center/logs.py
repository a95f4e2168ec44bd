"""What the center writes to its log: which error, and where in the code; never what it quotes."""

import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType

from sqlalchemy.exc import SQLAlchemyError

from store.engine import StoreError

#: Their words are the database's and ours; the values are left out of them.
_TELLS_NO_VALUES = (SQLAlchemyError, StoreError)

_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def install() -> None:
    """Everything of this process that is logged goes to standard error, in our form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


class Discreet(logging.Formatter):
    """Shows an exception by its kind and its frames: its words may be what somebody typed."""

    def formatException(self, ei: _Raised) -> str:  # noqa: N802 -- logging's own name
        return "\n".join(reversed([*_chain(ei[1])]))


def _chain(error: BaseException | None) -> Iterator[str]:
    """The error, then what led to it."""
    while error is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        said = f": {error}" if isinstance(error, _TELLS_NO_VALUES) else ""
        yield f"{frames}{type(error).__qualname__}{said}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
