"""What a citizen may do about a refusal: said with the answer, where the law's clock binds."""

import templates
from registry.model import Regime
from store.tables import Case


def remedy_is_owed(case: Case) -> bool:
    """Whether a refusal of this case must say the remedy (Petitions Act, art. 27 and 35)."""
    return case.regime is Regime.STATUTORY


def says_remedy(text: str) -> bool:
    """Whether an answer tells it already."""
    return _words() in text


def with_remedy(text: str) -> str:
    """The answer with the remedy as its last paragraph; without an answer, nothing."""
    written = text.strip()
    return f"{written}\n{_words()}" if written else text


def closing_text(why: str) -> str:
    """The last notice to who said the same again and again: that it is the last, the remedy, why.

    The remedy comes before the reason, which may be long and be cut.
    """
    return templates.render_post("closed", why=why.strip(), remedy=_words())


def _words() -> str:
    return templates.render_post("remedy")
