"""How long an office may take, as data: the law's terms and the city's own shorter ones."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from registry.model import Regime
from rules.kind import Kind


class Unit(StrEnum):
    HOURS = "h"
    DAYS = "d"
    WEEKS = "w"
    MONTHS = "m"
    YEARS = "y"


_KOREAN = {
    Unit.HOURS: "근무시간",
    Unit.DAYS: "일",
    Unit.WEEKS: "주",
    Unit.MONTHS: "개월",
    Unit.YEARS: "년",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time as the law states it; `str()` is Korean, such as `7일` or `3근무시간`."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"a term is at least 1, not {self.amount}")

    def __str__(self) -> str:
        return f"{self.amount}{_KOREAN[self.unit]}"


def parse_term(text: str) -> Term:
    """`3h` (working hours), `7d`, `2w`, `1m` or `1y` as a `Term`. Raises `ValueError` otherwise."""
    match = re.fullmatch(r"([1-9]\d{0,3})([hdwmy])", text.strip().lower(), re.ASCII)
    if match is None:
        raise ValueError(
            f"{text!r} is no term; write a number and a unit: "
            "3h (working hours), 7d (days), 2w (weeks), 1m (months) or 1y (years)"
        )
    return Term(int(match[1]), Unit(match[2]))


def _terms(**written: str | None) -> Mapping[str, Term | None]:
    return MappingProxyType({k: parse_term(v) if v else None for k, v in written.items()})


#: What the law calls any other request: at once, which it defines as three working hours.
OTHER = "other"

_NOTHING_OWED = dict.fromkeys((Kind.THANKS, Kind.CHATTER, Kind.ABUSE, Kind.ADVERTISING))

TERMS: Mapping[Regime, Mapping[str, Term | None]] = MappingProxyType(
    {
        Regime.STATUTORY: _terms(
            law_question="14d",
            question="7d",
            suggestion="14d",
            grievance="7d",
            complaint="7d",
            tip="7d",
            other="3h",
            **_NOTHING_OWED,
        ),
        Regime.SOCIAL: _terms(
            law_question="7d",
            question="3d",
            suggestion="7d",
            grievance="5d",
            complaint="3d",
            tip="3d",
            other="3h",
            **_NOTHING_OWED,
        ),
    }
)
"""Source of `STATUTORY`: Enforcement Decree of the Civil Petitions Treatment Act, art. 14
(questions: about statutes 14 days, others 7), 15 (suggestions 14), 16 (others: at once, three
working hours), 17 (grievances 7; complaints and tips ask for the same, a remedy). `SOCIAL` is the
city's own rule for posts without name and address: what the districts promise, three working
days, and never longer than the law."""

SURVEYED: Mapping[Regime, frozenset[Kind]] = MappingProxyType(
    {Regime.STATUTORY: frozenset({Kind.GRIEVANCE}), Regime.SOCIAL: frozenset()}
)
"""Whose site survey is left out of the count (decree, art. 17); the city's own clock knows none."""


def terms_for(regime: Regime, kind: str) -> Term | None:
    """How long an office of this regime may take for this kind; `None` if no answer is owed.

    `kind` is a `Kind`; whatever the table does not name is `OTHER`, as in the decree's art. 16.
    """
    terms = TERMS[regime]
    return terms[kind] if kind in terms else terms[OTHER]
