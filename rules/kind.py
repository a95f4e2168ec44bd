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


class Urgency(StrEnum):
    """Urgent: life or safety is at stake now; mails go out at night and on holidays too."""

    NORMAL = "normal"
    URGENT = "urgent"


NEEDS_ANSWER = frozenset({Kind.COMPLAINT, Kind.TIP, Kind.SUGGESTION, Kind.QUESTION})
"""The kinds an office must answer; the others may be dismissed, and brought back."""
