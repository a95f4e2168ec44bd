"""Training: both models, how they mix, and from which confidence on the machine may decide."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from registry.model import Example, Office
from routing.competence import competent, documents, duty_weights, label_weights, matrix
from routing.confidence import (
    Array,
    Mixer,
    calibration_error,
    held_out_confidence,
    threshold,
    upper_bound,
)
from routing.label import Label
from routing.model import Figures, Router, all_classes
from routing.ngrams import Floats, Integers, Vocabulary
from routing.place import Places
from routing.text import has_letters, plain

Flags = NDArray[np.bool_]

LEAST_EXAMPLES = 5
"""Different examples that an office needs before the machine may decide for it."""

_DOUBT = 0.05
"""Risk of barring an office that deserves it not; low, since all offices are looked at at once."""

_RARE = 2  # n-grams in fewer texts are dropped; half of the memory for no loss (decision 0012)


def train(
    offices: Sequence[Office], labels: Sequence[Label | Example], precision: float, places: Places
) -> Router:
    """See `Router.fit`."""
    if not 0 < precision < 1:
        raise ValueError(f"precision must lie between 0 and 1, not {precision}")
    classes = all_classes(offices)
    of = {office.id: classes.index(competent(office)) for office in offices}
    seen = [(plain(label.text), label) for label in labels if label.office in of]
    # The same words sent many times teach once.
    seen = list(
        {(text, label.office): (text, label) for text, label in seen if has_letters(text)}.values()
    )
    texts, duties = [text for text, _ in seen], documents(offices)
    vocabulary = _vocabulary([*texts, *(duty.text for duty in duties)])
    by_duties = duty_weights(
        matrix([duty.text for duty in duties], vocabulary),
        np.array([classes.index(duty.office) for duty in duties], dtype=np.int64),
        len(classes),
    )
    untaught = _rounded(np.concatenate([np.zeros_like(by_duties), by_duties], axis=1))
    router = Router(
        classes,
        (False,) * len(classes),
        float("inf"),
        vocabulary,
        untaught,
        Mixer.first(),
        places=places,
    )
    return _teach(router, texts, [label for _, label in seen], of, precision) if seen else router


def _vocabulary(texts: Sequence[str]) -> Vocabulary:
    return Vocabulary.learn(texts, least=_RARE if len(texts) > 200 else 1)


def _rounded(weights: Floats) -> Floats:
    """As they will be kept (`routing.saving`), so that a router read back decides the very same."""
    return weights.astype(np.float16).astype(np.float32)


def _teach(
    router: Router,
    texts: Sequence[str],
    labels: Sequence[Label | Example],
    of: dict[str, int],
    precision: float,
) -> Router:
    width = len(router.classes)
    posts = matrix(texts, router.vocabulary)
    classes = np.array([of[label.office] for label in labels])
    learned = label_weights(posts, classes, width)
    by_duties = router.weights[:, width:]
    places = router.places.find_all(
        texts, [getattr(label, "coordinates", None) for label in labels]
    )
    scores = np.concatenate([learned.held_out, posts @ by_duties], axis=1)
    # Of posts that repeat each other only the first is evidence.
    _, first = np.unique(learned.group, return_index=True)
    first.sort()
    opinions = router.opinions(scores, texts, places).some(first)
    confidence, right, best = held_out_confidence(opinions, classes[first])
    least = threshold(confidence, right, precision)
    trusted = _trusted(classes[first], best, right, confidence >= least, precision, width)
    return Router(
        router.classes,
        tuple(trusted.tolist()),
        least,
        router.vocabulary,
        _rounded(np.concatenate([learned.weights, by_duties], axis=1)),
        Mixer.learn(opinions, classes[first]),
        _figures(confidence, right, trusted[best] & (confidence >= least)),
        router.places,
    )


def _trusted(
    classes: Integers, best: Integers, right: Flags, decided: Flags, precision: float, width: int
) -> Flags:
    """Enough different examples, and not provably below the precision asked for this office."""
    enough = np.bincount(classes, minlength=width) >= LEAST_EXAMPLES
    for number in range(width):
        mine = decided & (best == number)
        if mine.any() and upper_bound(int(right[mine].sum()), int(mine.sum()), _DOUBT) < precision:
            enough[number] = False
    return enough


def _figures(confidence: Array, right: Flags, decided: Flags) -> Figures:
    return Figures(
        len(right),
        float(right.mean()),
        float(decided.mean()),
        float(right[decided].mean()) if decided.any() else 0.0,
        calibration_error(confidence, right),
    )
