"""The lists that CAP writes into one text: messages referred to, addresses, incidents."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cap.model import Alert

_SENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
#: Words between blanks; a word with blanks in it stands in double quotes.
_WORD = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message, by what makes it unique. `sent` is aware."""

    sender: str
    identifier: str
    sent: datetime

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{self.sent.isoformat(timespec='seconds')}"


def reference(text: str) -> Reference | None:
    """`sender,identifier,sent` as a value; None where it is not of that form."""
    sender, comma, rest = text.partition(",")
    identifier, second, sent = rest.partition(",")
    if not (comma and second and sender and identifier and _SENT.fullmatch(sent)):
        return None
    try:
        return Reference(sender, identifier, datetime.fromisoformat(sent))
    except ValueError:
        return None


def references(alert: Alert) -> tuple[Reference, ...]:
    """The messages that an alert refers to, in its order; what is malformed is left out."""
    found = (reference(text) for text in reference_texts(alert))
    return tuple(one for one in found if one)


def reference_texts(alert: Alert) -> list[str]:
    """The references as they are written, malformed ones too."""
    return (alert.references or "").split()


def incidents(alert: Alert) -> tuple[str, ...]:
    """The names of the incidents that the alert belongs to."""
    return tuple(_words(alert.incidents or ""))


def addresses(alert: Alert) -> tuple[str, ...]:
    """Whom a private alert is for."""
    return tuple(_words(alert.addresses or ""))


def quoted(words: tuple[str, ...]) -> str:
    """The words as one text that `incidents` and `addresses` take apart again."""
    return " ".join(f'"{word}"' if re.search(r"\s", word) else word for word in words)


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        yield match[1] if match[1] is not None else match[2]
