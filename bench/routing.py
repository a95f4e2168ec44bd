"""Classifying in batches, against scikit-learn alone; loading a router in a fresh process.

Ours: kind, urgency, place, office, confidence, guesses and words for each post. Bare: one
`TfidfVectorizer` (2- to 5-grams) and one matrix product that names a class. Runs alternate, and
the medians are compared. The posts are the registry's examples, so the words are real ones; how
often the machine is right is measured by tests, not here.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeClassifier

from bench.table import Row, show
from registry.load import load
from registry.model import Registry
from routing.gazetteer import read_places
from routing.kind import kind_of, urgency_of
from routing.model import Router
from routing.place import Places
from routing.text import plain
from settings import HOME

CITY = HOME / "registry" / "seoul"
POSTS = 4_000
ROUNDS = 5

_LOAD = """
import sys, time
begin = time.perf_counter()
from routing.model import Router
router = Router.from_bytes(open(sys.argv[1], "rb").read())
router.route(["신호등이 꺼졌어요"])
print(time.perf_counter() - begin)
"""


def main() -> None:
    """Train on the shipped city, measure, and print the table."""
    registry = load(CITY)
    router = Router.fit(
        registry.offices.values(),
        registry.examples,
        places=Places(read_places(CITY / "places.csv")),
    )
    content = router.to_bytes()
    examples = [example.text for example in registry.examples]
    posts = (examples * (POSTS // len(examples) + 1))[:POSTS]
    bare = _bare(registry)
    ours, theirs = _alternated(lambda: _classify(router, posts), lambda: bare(posts))
    one_by_one = _seconds(lambda: [router.route([post]) for post in posts[:300]]) / 300
    show(
        "classify",
        [
            Row("posts/s in batches, all of it", f"{POSTS / ours:,.0f}", "≥ 3,000"),
            Row(
                "ratio to bare scikit-learn",
                f"{theirs / ours:.2f} (bare {POSTS / theirs:,.0f}/s)",
                "",
            ),
            Row("posts/s one by one", f"{1 / one_by_one:,.0f}", ""),
            Row("load and first post, fresh process", f"{_fresh(content):.2f} s", "≤ 2 s"),
            Row("load alone", f"{_seconds(lambda: Router.from_bytes(content)):.2f} s", ""),
            Row("the file", f"{len(content) / 1e6:.1f} MB", ""),
            Row("decided alone, held out", f"{router.figures.coverage:.0%}", ""),
            Row("right among those", f"{router.figures.precision:.1%}", "≥ 95 %"),
        ],
    )


def _classify(router: Router, posts: Sequence[str]) -> None:
    folded = [plain(post) for post in posts]
    for post in folded:
        kind_of(post)
        urgency_of(post)
    router.route(folded)


def _bare(registry: Registry) -> Callable[[Sequence[str]], object]:
    vectoriser = TfidfVectorizer(analyzer="char", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
    rows = vectoriser.fit_transform([example.text for example in registry.examples])
    model = RidgeClassifier().fit(rows, [example.office for example in registry.examples])
    weights = model.coef_.T.astype(np.float32)
    return lambda posts: (vectoriser.transform(posts) @ weights).argmax(axis=1)


def _alternated(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    rounds = [(_seconds(ours), _seconds(theirs)) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in rounds), statistics.median(b for _, b in rounds)


def _seconds(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def _fresh(content: bytes) -> float:
    """Seconds from the first import to the first routed post, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "router.npz"
        file.write_bytes(content)
        done = subprocess.run(  # noqa: S603  our own interpreter and text
            [sys.executable, "-c", _LOAD, str(file)],
            cwd=HOME,
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout)


if __name__ == "__main__":
    main()
