"""What the monthly exercise is about, and what its citizens report: `exercise.yaml`."""

from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "exercise.yaml"

#: One matter: each text is another person's.
Matter = tuple[str, ...]


def hazard_of(month: int) -> str:
    """The hazard that is practised in a month (1..12)."""
    return _read()[0][month]


def matters(hazard: str) -> tuple[Matter, ...]:
    """What citizens report of a hazard; `{where}` stands for a place, another one for each matter."""
    return _read()[1][hazard]


@cache
def _read() -> tuple[dict[int, str], dict[str, tuple[Matter, ...]]]:
    told = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    reports = {hazard: tuple(map(tuple, said)) for hazard, said in told["reports"].items()}
    return told["months"], reports
