"""What Meta's errors mean, by their code: Graph answers most of them with status 400.

Sources: Graph API "Handling Errors" and "Rate Limits", Instagram Platform "Error Codes", as of 2026.
"""

from dataclasses import dataclass, replace
from typing import Any

from pyfacebook import FacebookError

from channels.errors import ChannelBusy, ChannelError, InDoubt, Trouble
from channels.verdict import Doing, Failure, Meaning, verdict
from channels.wire import Exchange


@dataclass(frozen=True, slots=True)
class Case:
    """Codes from `first` to `last`, with this subcode where one is given."""

    first: int
    last: int
    meaning: Meaning
    trouble: Trouble
    subcode: int | None = None


# The first that fits is taken.
CASES = (
    Case(100, 100, Meaning.PERSON, Trouble.GONE, 33),  # no such object, or not for us
    Case(803, 803, Meaning.PERSON, Trouble.GONE),
    Case(100, 100, Meaning.PERSON, Trouble.REFUSED),
    Case(102, 102, Meaning.PERSON, Trouble.REVOKED),
    Case(190, 190, Meaning.PERSON, Trouble.REVOKED),  # whatever the subcode: expired, changed, …
    Case(4, 4, Meaning.PERSON, Trouble.FORBIDDEN, 2207051),  # taken for spam
    Case(4, 4, Meaning.WAIT, Trouble.LIMITED),
    Case(9, 9, Meaning.WAIT, Trouble.LIMITED),  # Instagram: the posts of a day are used up
    Case(17, 17, Meaning.WAIT, Trouble.LIMITED),
    Case(32, 32, Meaning.WAIT, Trouble.LIMITED),
    Case(341, 341, Meaning.WAIT, Trouble.LIMITED),
    Case(613, 613, Meaning.WAIT, Trouble.LIMITED),
    Case(80000, 80014, Meaning.WAIT, Trouble.LIMITED),
    Case(3, 3, Meaning.PERSON, Trouble.FORBIDDEN),
    Case(10, 10, Meaning.PERSON, Trouble.FORBIDDEN),
    Case(25, 25, Meaning.PERSON, Trouble.FORBIDDEN),  # Instagram: the account is restricted
    Case(200, 299, Meaning.PERSON, Trouble.FORBIDDEN),
    Case(368, 368, Meaning.PERSON, Trouble.FORBIDDEN),  # blocked for breaking a policy
    Case(9004, 9004, Meaning.PERSON, Trouble.REFUSED),  # the picture could not be fetched
    Case(9007, 9007, Meaning.WAIT, Trouble.BUSY),  # the container is not ready
    Case(36000, 36004, Meaning.PERSON, Trouble.REFUSED),  # the picture's size, shape or text
    Case(-2, 2, Meaning.UNSURE, Trouble.BUSY),  # a fault of theirs, said to be temporary
    Case(24, 24, Meaning.UNSURE, Trouble.BUSY),  # a container that is out, not ready, or gone
    Case(506, 506, Meaning.UNSURE, Trouble.BUSY),  # a duplicate: it may be our own
)


def code(error: FacebookError) -> int | None:
    return _whole(_told(error).get("code"))


def gone(error: FacebookError) -> bool:
    """Whether it says that there is no such object; also said of objects that we may not see."""
    case = _case(error)
    return case is not None and case.trouble is Trouble.GONE


def too_much(error: FacebookError) -> bool:
    """Whether Graph found a page too much work; then a shorter one may do."""
    return code(error) == 1 and "reduce the amount of data" in str(_told(error).get("message"))


def about_us(error: FacebookError) -> bool:
    """Whether it says something about our access rather than about what was asked for."""
    case = _case(error)
    return case is None or case.trouble in (Trouble.REVOKED, Trouble.LIMITED, Trouble.BUSY)


def meant(
    doing: Doing, error: FacebookError, ended: Exchange, where: str, regain: float | None
) -> Failure:
    """The failure to raise for Graph's error; by the status where the code is not known."""
    words = _words(error)
    case = _case(error)
    if case is None:
        return verdict(doing, replace(ended, reason=words), where, error)
    reason = f"{where}: {words}"
    waiting = regain or ended.retry_after
    if case.meaning is Meaning.WAIT:
        return ChannelBusy(reason, waiting, case.trouble)
    if case.meaning is Meaning.PERSON:
        return ChannelError(reason, case.trouble)
    return InDoubt(reason) if doing is Doing.PUBLISHING else ChannelBusy(reason, waiting)


def _case(error: FacebookError) -> Case | None:
    number, sub = code(error), _whole(_told(error).get("error_subcode"))
    found = (
        case
        for case in CASES
        if number is not None and case.first <= number <= case.last and case.subcode in (None, sub)
    )
    transient = _told(error).get("is_transient") is True
    unsure = Case(0, 0, Meaning.UNSURE, Trouble.BUSY) if transient else None
    return next(found, unsure)


def _told(error: FacebookError) -> dict[str, Any]:
    """The error as it came. The library puts a code of its own where there is none."""
    whole = error.args[0] if error.args else None
    told = whole.get("error") if isinstance(whole, dict) else None
    return told if isinstance(told, dict) else {}


def _words(error: FacebookError) -> str:
    told = _told(error)
    numbers = (_whole(told.get(name)) for name in ("code", "error_subcode"))
    number = "/".join(str(each) for each in numbers if each is not None)
    said = told.get("error_user_msg") or told.get("message") or ""
    return f"error {number or 'without a code'}: {' '.join(str(said).split())}"[:300]


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
