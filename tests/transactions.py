"""What goes out to a network or a mail server while one of our transactions is open."""

import sys
import traceback
from functools import cache
from typing import Any

from store.engine import in_transaction

#: What Python itself announces before anything goes out, whichever library sends it.
POSTS_AND_MAILS = frozenset(
    {"http.client.connect", "http.client.send", "smtplib.connect", "smtplib.send"}
)
OUTWARD = POSTS_AND_MAILS | {"socket.connect"}

#: Where it happened, each as a piece of the stack; empty is how it should be.
breaches: list[str] = []

#: The names of all that went out.
heard: set[str] = set()


@cache
def listen() -> None:
    """Hear of every call to a network from now on; such a hook stays for good, so there is one."""
    sys.addaudithook(_hear)


def _hear(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in OUTWARD:
        heard.add(event)
        if in_transaction():
            breaches.append(event + "\n" + "".join(traceback.format_stack(limit=14)))
