"""A sampled case is decided before the machine's guess is seen, so that the sample measures it."""

from store.tables import Case


def is_blind(case: Case) -> bool:
    """Whether a person must still name the office without help: the first time, for a sample."""
    return case.sampled and case.routed_at is None


def shown_words(case: Case) -> list[str]:
    """The words that decided it, to be marked in the post; they would give the guess away."""
    return [] if is_blind(case) else case.words
