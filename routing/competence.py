"""Which office is competent, wherever the thing is: one linear model of duties, one of labels.

All districts are one class here (`DISTRICT`): which of them it is, only the place can say.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from registry.model import Office, OfficeKind
from routing.ngrams import Batch, Floats, Integers, Vocabulary
from routing.text import plain

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

DISTRICT = "district"
FEW = 3_000
"""Below this many labels kernel ridge, above it a linear support vector machine (facts/routing)."""

_RIDGE_LABELS, _RIDGE_DUTIES = 0.3, 0.1
_FOLDS = 4
_BALANCE = 0.7  # 1 would make every class weigh the same: no prior that swallows rare offices
_SAME = 0.8  # cosine from which two labelled posts count as one when held out
_DUTIES_EACH = 30  # an office with a longer list of duties weighs no more than this many


class Document(NamedTuple):
    """A duty, a keyword or a name, as if it were a post about it."""

    text: str
    office: str


def competent(office: Office) -> str:
    """The class of an office."""
    return DISTRICT if office.kind is OfficeKind.DISTRICT else office.id


def documents(offices: Sequence[Office]) -> list[Document]:
    """Each office's duties one by one, its keywords and its name."""
    found: dict[tuple[str, str], Document] = {}
    for office in offices:
        for part in (*re.split(r"[,;\n]|\. ", office.duties), *office.keywords, office.name):
            text, of = plain(part), competent(office)
            if text:
                found.setdefault((text, of), Document(text, of))
    return list(found.values())


def matrix(texts: Sequence[str], vocabulary: Vocabulary) -> "csr_matrix":
    """TF-IDF rows of `texts` as a SciPy matrix (posts × n-grams)."""
    from scipy.sparse import csr_matrix

    batch = Batch.of(texts)
    rows, _, _ = vocabulary.rows(batch.occurrences(), batch.size)
    shape = (len(texts), max(len(vocabulary.grams), 1))
    return csr_matrix((rows.values, rows.columns, rows.ends), shape=shape)


def _targets(classes: Integers, width: int) -> NDArray[np.float64]:
    return np.eye(width)[classes] - 1 / width


def duty_weights(documents: "csr_matrix", classes: Integers, width: int) -> Floats:
    """Ridge regression on the duties: n-grams × classes."""
    counts = np.bincount(classes, minlength=width)
    importance = np.minimum(1, _DUTIES_EACH / counts[classes])
    kernel = (documents @ documents.T).toarray() + np.diag(_RIDGE_DUTIES / importance)
    dual = np.linalg.solve(kernel, _targets(classes, width))
    return np.asarray(documents.T @ dual, dtype=np.float32)


class Learned(NamedTuple):
    """What labels taught: weights (n-grams × classes), each label's scores by a model that had not
    seen it or its like (labels × classes), and which group of like posts it belongs to."""

    weights: Floats
    held_out: Floats
    group: Integers


def label_weights(posts: "csr_matrix", classes: Integers, width: int, few: int = FEW) -> Learned:
    """Learn from labelled posts; the method depends on how many there are."""
    many = posts.shape[0] > few and len(np.unique(classes)) > 1
    return _support_vectors(posts, classes, width) if many else _ridge(posts, classes, width)


def _ridge(posts: "csr_matrix", classes: Integers, width: int) -> Learned:
    """Kernel ridge; held-out scores come in closed form from the same inverse, a group at a time."""
    kernel = (posts @ posts.T).toarray()
    group = _alike(kernel)
    counts = np.bincount(classes, minlength=width)
    importance = (counts[counts > 0].mean() / counts[classes]) ** _BALANCE
    targets = _targets(classes, width)
    inverse = np.linalg.inv(kernel + np.diag(_RIDGE_LABELS / importance))
    dual = inverse @ targets
    held_out = targets - dual / np.diag(inverse)[:, None]
    for number, size in Counter(group.tolist()).items():
        if size > 1:
            at = np.flatnonzero(group == number)
            held_out[at] = targets[at] - np.linalg.solve(inverse[np.ix_(at, at)], dual[at])
    weights = np.asarray(posts.T @ dual, dtype=np.float32)
    return Learned(weights, held_out.astype(np.float32), group)


def _alike(kernel: NDArray[np.float64]) -> Integers:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    group: Integers = connected_components(csr_matrix(kernel >= _SAME), directed=False)[1]
    return group.astype(np.int64)


def _support_vectors(posts: "csr_matrix", classes: Integers, width: int) -> Learned:
    """LinearSVC, held out in folds of whole groups (here: posts with equal n-grams)."""
    from sklearn.model_selection import GroupKFold

    keys = [
        posts.indices[a:b].tobytes() for a, b in zip(posts.indptr, posts.indptr[1:], strict=False)
    ]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    group = np.array([numbers[key] for key in keys])
    held_out = np.full((len(classes), width), -1.0, dtype=np.float32)
    if len(numbers) > 1:
        for train, test in GroupKFold(min(_FOLDS, len(numbers))).split(posts, groups=group):
            held_out[test] = posts[test] @ _machine(posts[train], classes[train], width)
    return Learned(_machine(posts, classes, width), held_out, group)


def _machine(posts: "csr_matrix", classes: Integers, width: int) -> Floats:
    from sklearn.svm import LinearSVC

    weights = np.zeros((posts.shape[1], width), dtype=np.float32)
    counts = np.bincount(classes, minlength=width)
    importance = (counts[counts > 0].mean() / counts[classes]) ** _BALANCE
    if (counts > 0).sum() < 2:
        return weights
    # Without an intercept the model says nothing about how frequent an office is.
    machine = LinearSVC(C=0.5, tol=1e-2, fit_intercept=False, random_state=0)
    machine.fit(posts, classes, sample_weight=importance)
    if len(machine.classes_) == 2:
        weights[:, machine.classes_] = np.concatenate([-machine.coef_, machine.coef_]).T
    else:
        weights[:, machine.classes_] = machine.coef_.T
    return weights
