"""What a rule answers: where something is wrong, and what was found there."""

Wrong = tuple[str, str]
"""The element's path, and what a sentence quotes of it ("" where it quotes nothing)."""


def short(text: str) -> str:
    """A quotation of at most 60 characters."""
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"
