"""What is computed visit by visit is what the matrix says, written out."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.recommend.tastes import covisits
from models.recommend.tastes.tastes import Numbers
from tests.models.recommend.tastes.counting import KINDS, count, times

visits = st.lists(
    st.lists(st.integers(0, 5), min_size=1, max_size=5, unique=True), min_size=1, max_size=30
)


def written_out(found: Sequence[Sequence[int]]) -> tuple[Numbers, Numbers]:
    """The pairs seen and the pairs expected, of each product with each other one."""
    seen = np.zeros((6, 6))
    for visit in found:
        for one in visit:
            for other in visit:
                seen[one, other] += one != other
    expected = np.zeros((6, 6))
    degrees = seen.sum(axis=1)
    for kind in range(3):
        for other in range(3):
            both = np.outer(np.equal(KINDS, kind), np.equal(KINDS, other))
            weights = np.outer(degrees, degrees) * both
            np.fill_diagonal(weights, 0.0)
            if weights.sum():
                expected += seen[both].sum() * weights / weights.sum()
    return seen, expected


@given(visits)
def test_the_matrix_is_what_was_seen_less_what_is_expected(found: list[list[int]]) -> None:
    counts = count(found)
    seen, expected = written_out(found)
    degrees = seen.sum(axis=1)
    mean = max(degrees.mean(), 1.0)
    scale = 1.0 / np.sqrt(degrees + mean)
    assert counts.pairs == seen.sum()
    assert np.allclose(counts.lifts, np.sqrt(seen.sum()) / scale / (degrees + 0.25 * mean))
    # Times the unit vectors it is written out.
    assert np.allclose(times(counts, np.eye(6)), scale[:, None] * (seen - expected) * scale)


@given(visits)
def test_as_many_pairs_are_expected_as_there_are(found: list[list[int]]) -> None:
    counts = count(found)
    degrees = written_out(found)[0].sum(axis=1)
    unscaled = np.sqrt(degrees + max(degrees.mean(), 1.0))[:, None]
    assert abs(float((times(counts, unscaled) * unscaled).sum())) < 1e-9 * max(counts.pairs, 1.0)


def test_stretches_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [[0, 3], [1, 2, 4], [5, 0]] * 7
    vectors = np.random.default_rng(1).normal(size=(6, 3))
    whole = times(count(found), vectors)
    monkeypatch.setattr(covisits, "ROWS", 4)
    assert np.allclose(times(count(found), vectors), whole)
