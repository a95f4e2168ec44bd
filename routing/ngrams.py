"""Posts as character n-grams: TF-IDF over 1- to 5-grams, computed for a batch at once.

scikit-learn's vectoriser is the reference (`tests/routing/test_ngrams.py` holds the two together);
this one needs no import of scikit-learn to load a model and runs several times as fast, because
the n-grams of a whole batch are hashed as arrays rather than cut as strings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SIZES = {1: 0.7, 2: 1.0, 3: 0.7, 4: 0.5, 5: 0.3}
"""What an n-gram of each size weighs: with few labels long ones repeat too seldom to teach much."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_BREAK = 0  # between two posts; the texts themselves hold no NUL

Integers = NDArray[np.int64]
Floats = NDArray[np.float32]


class Occurrences(NamedTuple):
    """Each n-gram of a batch where it stands: four arrays of one length."""

    gram: NDArray[np.uint64]
    post: Integers
    start: Integers  # in the batch's joined characters
    size: Integers


class Batch(NamedTuple):
    """The texts of a batch as one array of characters, and which post each belongs to."""

    letters: NDArray[np.uint32]
    post: Integers
    size: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Batch":
        """Join `texts`, each framed by blanks so that n-grams see where it begins and ends."""
        framed = [f" {text} ".replace("\0", " ") + "\0" for text in texts]
        joined = "".join(framed).encode("utf-32-le", "surrogatepass")
        sizes = np.fromiter(map(len, framed), dtype=np.int64, count=len(framed))
        return cls(
            np.frombuffer(joined, dtype=np.uint32),
            np.repeat(np.arange(len(texts)), sizes),
            len(texts),
        )

    def occurrences(self) -> Occurrences:
        """All n-grams of the batch, as 64-bit hashes."""
        letters = self.letters.astype(np.uint64)
        breaks = np.cumsum(self.letters == _BREAK)
        grams, starts, sizes = [], [], []
        rolling = np.zeros(len(letters) + 1, dtype=np.uint64)
        for size in SIZES:  # 1, 2, 3 ...: each hash goes on from the one before
            rolling = (rolling[:-1] * _MIX) ^ (letters[size - 1 :] + _MIX)
            rolling ^= rolling >> np.uint64(29)
            begin, end = slice(len(rolling)), slice(size - 1, None)
            inside = (breaks[begin] == breaks[end]) & (self.letters[begin] != _BREAK)
            where = np.flatnonzero(inside)
            grams.append(rolling[where])
            starts.append(where)
            sizes.append(np.full(len(where), size))
        start = np.concatenate(starts)
        return Occurrences(np.concatenate(grams), self.post[start], start, np.concatenate(sizes))


class Rows(NamedTuple):
    """Sparse rows (CSR): post i holds `columns[ends[i]:ends[i+1]]` with `values`, of length one."""

    values: Floats
    columns: Integers
    ends: Integers

    def times(self, weights: Floats) -> Floats:
        """The product with a dense matrix (features × classes): posts × classes."""
        scores = np.zeros((len(self.ends) - 1, weights.shape[1]), dtype=np.float32)
        for row, (begin, end) in enumerate(zip(self.ends, self.ends[1:], strict=False)):
            if end > begin:
                scores[row] = self.values[begin:end] @ weights.take(self.columns[begin:end], axis=0)
        return scores


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The n-grams that count, as sorted hashes, and how rare each is."""

    grams: NDArray[np.uint64]
    rarity: Floats
    _table: NDArray[np.int32] = field(init=False, repr=False, compare=False)
    _shared: NDArray[np.bool_] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Lay out a table by the hashes' last bits: one look in place of a search, most times."""
        size = 1 << max(10, int(8 * len(self.grams)).bit_length())
        slot = (self.grams & np.uint64(size - 1)).astype(np.int64)
        table = np.zeros(size, dtype=np.int32)
        table[slot] = np.arange(len(self.grams))
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "_shared", np.bincount(slot, minlength=size) > 1)

    @classmethod
    def learn(cls, texts: Sequence[str], *, least: int = 1, most: int = 150_000) -> "Vocabulary":
        """Collect the n-grams of `texts` that occur in at least `least` of them.

        Where that is more than `most`, those in the most texts are kept.
        """
        batch = Batch.of(texts)
        found = batch.occurrences()
        grams, first, number = np.unique(found.gram, return_index=True, return_inverse=True)
        cells = np.unique(number * len(texts) + found.post)
        counts = np.bincount(cells // max(len(texts), 1), minlength=len(grams))
        keep = counts >= least
        if keep.sum() > most:
            keep &= counts > np.sort(counts)[-most]
        rarity = np.log((1 + len(texts)) / (1 + counts[keep])) + 1
        weight = np.array([0.0, *SIZES.values()])[found.size[first[keep]]]
        return cls(grams[keep], (rarity * weight).astype(np.float32))

    def columns(self, gram: NDArray[np.uint64]) -> Integers:
        """The column of each n-gram, or -1."""
        if not len(self.grams):
            return np.full(len(gram), -1)
        slot = (gram & np.uint64(len(self._table) - 1)).astype(np.int64)
        at = self._table[slot].astype(np.int64)
        shared = np.flatnonzero(self._shared[slot] & (self.grams[at] != gram))
        at[shared] = np.searchsorted(self.grams, gram[shared])
        at = np.minimum(at, len(self.grams) - 1)
        return np.where(self.grams[at] == gram, at, -1)

    def rows(self, found: Occurrences, count: int) -> tuple[Rows, Integers, Floats]:
        """The batch's TF-IDF rows; for each occurrence its column (or -1) and its share of the row."""
        column = self.columns(found.gram)
        known = np.flatnonzero(column >= 0)
        width = max(len(self.grams), 1)
        cells, back, counts = np.unique(
            found.post[known] * width + column[known], return_inverse=True, return_counts=True
        )
        post, columns = np.divmod(cells, width)
        values = (1 + np.log(counts)) * self.rarity[columns]
        norms = np.sqrt(np.bincount(post, weights=values**2, minlength=count))
        values = (values / norms[post]).astype(np.float32)
        ends = np.searchsorted(post, np.arange(count + 1))
        share = np.zeros(len(column), dtype=np.float32)
        share[known] = (values / counts)[back]
        return Rows(values, columns, ends), column, share
