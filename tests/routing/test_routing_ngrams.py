"""The n-gram arithmetic agrees with scikit-learn's, which is the reference."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from routing.ngrams import SIZES, Batch, Vocabulary

TEXTS = ["신호등이 꺼졌어요", "신호등 신호등 신호등", "버스가 안 와요!", "a", "물 물 물"]


def ours(texts: list[str], vocabulary: Vocabulary) -> csr_matrix:
    batch = Batch.of(texts)
    rows, _, _ = vocabulary.rows(batch.occurrences(), batch.size)
    shape = (len(texts), len(vocabulary.grams))
    return csr_matrix((rows.values, rows.columns, rows.ends), shape=shape)


def reference(texts: list[str]) -> csr_matrix:
    sizes = []
    for size, weight in SIZES.items():
        vectoriser = TfidfVectorizer(
            analyzer="char", ngram_range=(size, size), sublinear_tf=True, lowercase=False, norm=None
        )
        sizes.append(vectoriser.fit_transform([f" {text} " for text in texts]) * weight)
    return normalize(csr_matrix(hstack(sizes)))


def test_rows_are_those_of_scikit_learn() -> None:
    mine, theirs = ours(TEXTS, Vocabulary.learn(TEXTS)), reference(TEXTS)
    assert mine.shape == theirs.shape
    # The columns are in another order, the products of rows are not.
    np.testing.assert_allclose((mine @ mine.T).toarray(), (theirs @ theirs.T).toarray(), atol=1e-5)


def test_a_batch_gives_each_post_the_row_it_has_alone() -> None:
    vocabulary = Vocabulary.learn(TEXTS)
    together = ours(TEXTS, vocabulary).toarray()
    alone = np.concatenate([ours([text], vocabulary).toarray() for text in TEXTS])
    np.testing.assert_array_equal(together, alone)


def test_scores_are_the_product_with_the_weights() -> None:
    vocabulary = Vocabulary.learn(TEXTS)
    weights = np.random.default_rng(0).random((len(vocabulary.grams), 3)).astype(np.float32)
    batch = Batch.of(TEXTS)
    rows, _, _ = vocabulary.rows(batch.occurrences(), batch.size)
    np.testing.assert_allclose(rows.times(weights), ours(TEXTS, vocabulary) @ weights, atol=1e-5)


def test_rare_n_grams_can_be_left_out() -> None:
    assert 0 < len(Vocabulary.learn(TEXTS, least=2).grams) < len(Vocabulary.learn(TEXTS).grams)
    assert len(Vocabulary.learn(TEXTS, most=5).grams) <= 5


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_text_gives_rows_of_length_one_or_empty_ones(texts: list[str]) -> None:
    rows = ours(texts, Vocabulary.learn(TEXTS))
    lengths = np.asarray(diags([1.0]) @ csr_matrix(rows.multiply(rows).sum(axis=1)).T.toarray())
    assert rows.shape[0] == len(texts)
    assert np.all(np.isclose(lengths, 1, atol=1e-4) | (lengths == 0))
