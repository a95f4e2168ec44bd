"""What a mail server's answer, or its silence, means for a letter."""

from channels.letter import Letter, MailBusy, MailRefused

# The server's codes (RFC 5321, RFC 4954) that speak of the letter: trying again will not help.
# Every other code speaks of the server or of our settings there: the letter waits.
_REFUSES_LETTER = frozenset({510, 511, 512, 513, 521, 541, 550, 551, 552, 553, 554, 555, 556, 571})


def failure(letter: Letter, error: Exception) -> MailBusy | MailRefused:
    """The failure to raise: wait, unless the letter itself is refused."""
    code, us = code_of(error), hasattr(error, "sender")  # it refused us, not the letter
    if not isinstance(error, OSError):
        return MailRefused(f"the letter to {letter.to} cannot be written: {words(error)}")
    if code in _REFUSES_LETTER and not us:
        return MailRefused(f"the letter to {letter.to} was refused: {words(error)}")
    return MailBusy(f"the letter to {letter.to} is not known to be out: {words(error)}")


def code_of(error: Exception) -> int | None:
    """The server's answer, where the failure is one. yagmail lets its exceptions through."""
    code = _answer(error)[0]
    return code if isinstance(code, int) and code > 0 else None


def words(error: Exception) -> str:
    """What went wrong in one line: the server's own words where it said any."""
    code, said = _answer(error)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or error)
    return " ".join(f"{code or type(error).__name__} {text}".split())[:300]


def _answer(error: Exception) -> tuple[object, object]:
    """Code and words; for a refused recipient they lie in a mapping, by address."""
    for answer in (getattr(error, "recipients", None) or {}).values():
        return answer[0], answer[1]
    return getattr(error, "smtp_code", None), getattr(error, "smtp_error", None)
