"""How sure the machine may be: mixing two opinions, and the bound that lets it decide alone."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.ngrams import Integers

Array = NDArray[np.float64]

RISK = 0.1
"""The chance we take that the true precision lies below the lower bound."""

_FIRST_MIX = np.array([6.0, 22.0, 4.0, -3.0])
"""Trust in labels, in duties, in a place for a district, against a district; before any label."""

_STEADY = 700
"""Labels from which the signs of being right are trusted fully; measured in decision 0013."""

_ODDS = 1e-6


def lower_bound(right: int, decided: int, risk: float = RISK) -> float:
    """Clopper and Pearson's exact lower bound of a share, `right` of `decided` (1934)."""
    from scipy.stats import beta

    return float(beta.ppf(risk, right, decided - right + 1)) if right else 0.0


def upper_bound(right: int, decided: int, risk: float = RISK) -> float:
    """The upper bound that belongs to `lower_bound`."""
    return 1 - lower_bound(decided - right, decided, risk)


def threshold(confidence: Array, right: NDArray[np.bool_], precision: float) -> float:
    """The lowest confidence from which on the lower bound of precision reaches what is asked.

    Returns infinity where there is none, as with too few labels: 59 right ones are the least
    for 0.95 at the usual risk of 0.05, 45 at ours.
    """
    if not len(confidence):
        return float("inf")
    order = np.argsort(-confidence, kind="stable")
    sorted_confidence = confidence[order]
    last_of_tie = np.append(sorted_confidence[1:] != sorted_confidence[:-1], True)
    bounds = _lower_bounds(np.cumsum(right[order]), np.arange(1, len(order) + 1))
    good = np.flatnonzero(last_of_tie & (bounds >= precision))
    return float(sorted_confidence[good[-1]]) if len(good) else float("inf")


def _lower_bounds(right: Integers, decided: Integers) -> Array:
    from scipy.stats import beta

    return np.where(right > 0, beta.ppf(RISK, np.maximum(right, 1), decided - right + 1), 0.0)


def calibration_error(confidence: Array, right: NDArray[np.bool_], bins: int = 10) -> float:
    """ECE over equally filled bins: the mean gap between what was claimed and what was right."""
    if not len(confidence):
        return 0.0
    parts = np.array_split(np.argsort(confidence, kind="stable"), min(bins, len(confidence)))
    gaps = [abs(confidence[part].mean() - right[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(confidence))


class Opinions(NamedTuple):
    """What is known about some posts: scores by labels and by duties (posts × classes), whether a
    place was named, the posts' lengths, and which class is the districts' (or -1)."""

    labels: Array
    duties: Array
    placed: NDArray[np.bool_]
    length: Array
    district: int

    def some(self, at: Integers) -> "Opinions":
        return Opinions(
            self.labels[at], self.duties[at], self.placed[at], self.length[at], self.district
        )


class Mixer(NamedTuple):
    """Weighs the opinions, and says how likely the best class is right."""

    mix: Array
    """For labels, duties, a place for a district, a district: how the prior fades is learned."""
    centre: Array
    scale: Array
    sureness: Array

    @classmethod
    def first(cls) -> "Mixer":
        """Before any label: the duties speak, and probability is taken as it is."""
        width = 9
        return cls(
            _FIRST_MIX, np.zeros(width), np.ones(width), np.array([*[0.0] * width, 1.0, 0.0])
        )

    @classmethod
    def learn(cls, opinions: Opinions, classes: Integers) -> "Mixer":
        """From held-out opinions on labelled posts; with few of them it stays near `first`."""
        mixer = cls.first()._replace(mix=_learn_mix(opinions, classes))
        chances = mixer.chances(opinions)
        signs = mixer.signs(opinions, chances)
        centre, scale = signs.mean(axis=0), signs.std(axis=0) + 1e-9
        right = chances.argmax(axis=1) == classes
        sureness = _learn_sureness((signs - centre) / scale, _odds(chances.max(axis=1)), right)
        return cls(mixer.mix, centre, scale, sureness)

    def chances(self, opinions: Opinions) -> Array:
        """The probability of each class (posts × classes)."""
        return np.exp(_log_softmax(_mixed(opinions, self.mix)))

    def signs(self, opinions: Opinions, chances: Array) -> Array:
        """Signs of being right: leads over the second, agreement of the two, the post's length."""
        best = chances.argmax(axis=1)
        rows = np.arange(len(best))
        labels, duties = _lead(opinions.labels, best), _lead(opinions.duties, best)
        logs = np.log(chances + _ODDS)
        return np.stack(
            [
                _lead(logs, best),
                logs[rows, best],
                labels,
                duties,
                labels > 0,
                duties > 0,
                opinions.labels[rows, best],
                opinions.duties[rows, best],
                np.log1p(opinions.length),
            ],
            axis=1,
        )

    def confidence(self, opinions: Opinions, chances: Array) -> Array:
        """The calibrated probability that each post's best class is right."""
        signs = (self.signs(opinions, chances) - self.centre) / self.scale
        *weights, trust, base = self.sureness
        logits = signs @ np.array(weights) + trust * _odds(chances.max(axis=1)) + base
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))


def held_out_confidence(
    opinions: Opinions, classes: Integers, folds: int = 5
) -> tuple[Array, NDArray[np.bool_], Integers]:
    """Each post's confidence by a mixer that had not seen it, whether it was right, its class said."""
    confidence, best = np.zeros(len(classes)), np.zeros(len(classes), dtype=np.int64)
    fold = np.arange(len(classes)) % folds
    for number in range(min(folds, len(classes))):
        test, train = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        mixer = Mixer.learn(opinions.some(train), classes[train]) if len(train) else Mixer.first()
        chances = mixer.chances(opinions.some(test))
        confidence[test] = mixer.confidence(opinions.some(test), chances)
        best[test] = chances.argmax(axis=1)
    return confidence, best == classes, best


def _mixed(opinions: Opinions, mix: Array) -> Array:
    logits: Array = mix[0] * opinions.labels + mix[1] * opinions.duties
    if opinions.district >= 0:
        logits[:, opinions.district] += mix[2] * opinions.placed + mix[3]
    return logits


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _lead(scores: Array, best: Integers) -> Array:
    """How far the class `best` is ahead of the best other one; negative where it is behind."""
    if scores.shape[1] < 2:
        return np.zeros(len(best))
    rows = np.arange(len(best))
    others = scores.copy()
    others[rows, best] = -np.inf
    return np.asarray(scores[rows, best] - others.max(axis=1))


def _odds(chance: Array) -> Array:
    clipped = np.clip(chance, _ODDS, 1 - _ODDS)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _learn_mix(opinions: Opinions, classes: Integers, doubt: float = 0.01) -> Array:
    from scipy.optimize import minimize

    rows, width = np.arange(len(classes)), opinions.labels.shape[1]
    flag = np.zeros((1, width))
    if opinions.district >= 0:
        flag[0, opinions.district] = 1
    views: Sequence[Array] = (
        opinions.labels,
        opinions.duties,
        opinions.placed[:, None] * flag,
        flag,
    )

    def loss(mix: Array) -> tuple[float, Array]:
        logs = _log_softmax(_mixed(opinions, mix))
        off = np.exp(logs)
        off[rows, classes] -= 1
        slope = np.array([(off * view).sum() for view in views])
        away = mix - _FIRST_MIX
        value = float(doubt * (away @ away) - logs[rows, classes].sum())
        return value, slope + 2 * doubt * away

    return np.asarray(minimize(loss, _FIRST_MIX, jac=True, method="L-BFGS-B").x)


def _learn_sureness(signs: Array, odds: Array, right: NDArray[np.bool_]) -> Array:
    """Logistic regression around the odds as they are, held there the more the fewer labels."""
    from scipy.optimize import minimize

    views = np.column_stack([signs, odds, np.ones(len(odds))])
    start = np.array([*[0.0] * signs.shape[1], 1.0, 0.0])
    doubt = max(1.0, (_STEADY / len(odds)) ** 4)

    def loss(weights: Array) -> tuple[float, Array]:
        logits = views @ weights
        away = weights - start
        value = np.logaddexp(0, np.where(right, -logits, logits)).sum() + doubt * away @ away
        chance = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
        return float(value), views.T @ (chance - right) + 2 * doubt * away

    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)
