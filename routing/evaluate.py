"""How well a router does on posts it has not seen, as one table of figures."""

import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from routing.confidence import calibration_error
from routing.corpus import CorpusError, places_beside, read_labels, read_offices
from routing.label import Label, Route
from routing.model import Router

Value = float | int | None | list[str]

TIMED = 2_000
"""Posts that are routed to measure the speed; a small test set is repeated."""


def evaluate(
    offices_path: Path, train_path: Path, test_path: Path, precision: float = 0.95
) -> dict[str, Value]:
    """Train on one file, test on another; see `measure` for what is in the result.

    Raises:
        CorpusError: a file that cannot be used, with its name, line and what is needed.
    """
    if not 0 < precision < 1:
        raise CorpusError(f"precision must lie between 0 and 1, not {precision}")
    offices = read_offices(offices_path)
    train, strange = read_labels(train_path, offices)
    test, strange_too = read_labels(test_path, offices)
    if not test:
        raise CorpusError(f"{test_path}: no post to test with")
    places = places_beside(offices_path, offices)
    begin = time.perf_counter()
    content = Router.fit(offices, train, precision=precision, places=places).to_bytes()
    trained = time.perf_counter()
    router = Router.from_bytes(content)
    loaded = time.perf_counter()
    return {
        "offices": len(offices),
        "train": len(train),
        "test": len(test),
        **measure(router, test, precision),
        "posts_per_second": round(_speed(router, test)),
        "train_seconds": round(trained - begin, 2),
        "load_seconds": round(loaded - trained, 3),
        "model_mb": round(len(content) / 1e6, 2),
        "memory_mb": round(_memory(), 1),
        "warnings": [*strange, *strange_too],
    }


def measure(router: Router, test: Sequence[Label], precision: float) -> dict[str, Value]:
    """Figures on labelled posts.

    top1, top3: share whose office is the best guess, or among three. coverage, precision: share
    that the machine decides alone, and how many of those are right (None where it decides none).
    possible_coverage: the share it could have decided at this precision with a threshold picked on
    the test itself, which nobody can have. calibration_error: ECE of the confidence, ten bins.
    """
    routes = router.route([label.text for label in test], [label.coordinates for label in test])
    right = np.array([r.office == label.office for r, label in zip(routes, test, strict=True)])
    near = [label.office in _named(r) for r, label in zip(routes, test, strict=True)]
    sure = np.array([route.sure for route in routes])
    confidence = np.array([route.confidence for route in routes])
    return {
        "top1": round(float(right.mean()), 4),
        "top3": round(float(np.mean(near)), 4),
        "target": precision,
        "coverage": round(float(sure.mean()), 4),
        "precision": round(float(right[sure].mean()), 4) if sure.any() else None,
        "possible_coverage": round(_possible(confidence, right, precision), 4),
        "calibration_error": round(calibration_error(confidence, right), 4),
        "threshold": round(router.threshold, 4) if np.isfinite(router.threshold) else None,
    }


def _named(route: Route) -> set[str]:
    return {guess.office for guess in route.guesses}


def _possible(confidence: np.ndarray, right: np.ndarray, precision: float) -> float:
    order = np.argsort(-confidence, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= precision)
    return float((good[-1] + 1) / len(order)) if len(good) else 0.0


def _speed(router: Router, test: Sequence[Label]) -> float:
    texts = [label.text for label in test] * -(-TIMED // len(test))
    begin = time.perf_counter()
    router.route(texts)
    return len(texts) / max(time.perf_counter() - begin, 1e-9)


def _memory() -> float:
    """The process's greatest memory so far, in MB."""
    greatest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return greatest / (1e6 if sys.platform == "darwin" else 1e3)
