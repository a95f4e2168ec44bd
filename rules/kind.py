"""What a post is, and how soon somebody must look at it."""

from enum import StrEnum


class Kind(StrEnum):
    """What a citizen's post is. The ledger and the pages count by it."""

    COMPLAINT = "complaint"
    TIP = "tip"
    SUGGESTION = "suggestion"
    QUESTION = "question"
    THANKS = "thanks"
    CHATTER = "chatter"
    ABUSE = "abuse"
    ADVERTISING = "advertising"
    LAW_QUESTION = "law_question"  # what a statute means: the law gives it longer (법령 해석 질의)
    GRIEVANCE = "grievance"  # a wrong or unfair act of an office (고충민원)


class Urgency(StrEnum):
    """Urgent: life or safety is at stake now; mails go out at night and on holidays too."""

    NORMAL = "normal"
    URGENT = "urgent"


BY_PEOPLE = frozenset({Kind.LAW_QUESTION, Kind.GRIEVANCE})
"""Only people choose these, in triage: they differ in law and hardly in words."""

NEEDS_ANSWER = frozenset({Kind.COMPLAINT, Kind.TIP, Kind.SUGGESTION, Kind.QUESTION, *BY_PEOPLE})
"""The kinds an office must answer; the others may be dismissed, and brought back."""
