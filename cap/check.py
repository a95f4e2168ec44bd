"""The door: schema, then the rules of the standard, then what may become a broadcast."""

from datetime import datetime
from pathlib import Path

from cap.model import Alert, CapRefused, Fault
from cap.parse import LARGEST
from cap.read import read, told
from cap.rules import BROADCAST_RULES, RULES, rule_faults


def accept(data: bytes, *, at: datetime) -> Alert:
    """The alert in a file, fit to become a draft at a moment (aware).

    Raises `CapRefused` with all faults: those of the structure, or, once it is sound, those of
    both tables of rules.
    """
    alert = read(data)
    if faults := rule_faults(alert, at=at, rules=(*RULES, *BROADCAST_RULES)):
        raise CapRefused(told(faults))
    return alert


def check_file(path: Path, *, at: datetime) -> list[Fault]:
    """What keeps a file from becoming a draft; empty where nothing does.

    A file that cannot be opened is one fault; never more than 1 MB of it is read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        said = f"파일을 열 수 없습니다: {path} ({error.strerror})."
        return [Fault("", "file", said)]
    try:
        accept(data, at=at)
    except CapRefused as refused:
        return list(refused.whys)
    return []
