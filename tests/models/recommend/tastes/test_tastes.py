"""What views say of a person's taste."""

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.recommend.tastes.tastes import LIMIT, Tastes

NAMES = ("a", "b", "c", "x", "y")


def tastes(*numbers: float) -> Tastes:
    """Products of two categories with one number each, looked at alike often."""
    vectors = np.array(numbers)[:, None]
    return Tastes(
        NAMES,
        {name: place for place, name in enumerate(NAMES)},
        vectors,
        (vectors**2).mean(axis=0),
        {"one": (0, 3), "other": (3, 5)},
        np.array([0.5, 0.3, 0.2, 0.5, 0.5]),
        {"one": 0.6, "other": 0.4},
    )


def test_lifts_follow_what_was_looked_at_held_back_while_it_is_little() -> None:
    found = tastes(1.0, -1.0, 1.0, 1.0, -1.0)
    once, often = found.leaning(["a"]), found.leaning(["a", "c"])
    assert once is not None
    assert often is not None
    # Weight 1 / (1 + 1) of one view; over all views lifts are 1 in the mean, nearly.
    assert once.lifts(["x", "y", "unknown"]) == pytest.approx(
        {"x": exp(0.5 - 0.125), "y": exp(-0.5 - 0.125)}
    )
    assert often.lifts(["x"])["x"] > once.lifts(["x"])["x"]
    assert often.lifts([]) == {}


def test_views_of_unlike_things_say_less() -> None:
    found = tastes(1.0, -1.0, 1.0, 1.0, -1.0).leaning(["a", "b"])
    assert found is not None
    assert set(found.lifts(NAMES).values()) == {1.0}


def test_the_best_of_a_category_by_popularity_and_lift_less_what_is_barred() -> None:
    found = tastes(-1.0, 1.0, 1.0, 1.0, -1.0).leaning(["x"])
    assert found is not None
    best = found.best("one", frozenset(), 9)
    assert [(name, share) for name, share, _ in best] == [("b", 0.3), ("c", 0.2), ("a", 0.5)]
    assert best[0][2] == best[1][2] > 1.0 > best[2][2]
    assert [name for name, _, _ in found.best("one", frozenset("b"), 9)] == ["c", "a"]
    assert found.best("unknown", frozenset(), 9) == []


@given(
    st.lists(st.sampled_from((-2.0, 0.0, 0.5, 1.0)), min_size=30, max_size=30),
    st.sets(st.integers(0, 29)),
    st.integers(1, 40),
)
def test_the_first_of_the_best_are_those_of_all(
    numbers: list[float], barred: set[int], count: int
) -> None:
    names = [f"p{number}" for number in range(30)]
    of_one = Tastes(
        names,
        {name: place for place, name in enumerate(names)},
        np.array([numbers]).T,
        np.array([0.5]),
        {"one": (0, 30)},
        np.array([1.0 / (1 + number // 10) for number in range(30)]),
    )
    found = of_one.leaning(["p7", "p11"])
    assert found is not None
    left_out = frozenset(f"p{number}" for number in barred)
    lifts = found.lifts(names)
    ranked = sorted(names, key=lambda n: -lifts[n] * of_one.shares[of_one.places[n]])
    expected = [name for name in ranked if name not in left_out][:count]
    assert [name for name, _, _ in found.best("one", left_out, count)] == expected


def test_nothing_is_told_where_nothing_is_known() -> None:
    assert Tastes().leaning(["a"]) is None
    assert tastes(1.0, 1.0, 1.0, 1.0, 1.0).leaning(["unknown"]) is None
    assert tastes(0.0, 0.0, 0.0, 0.0, 0.0).leaning(["a"]) is None


@given(st.lists(st.floats(-50.0, 50.0), min_size=5, max_size=5), st.sets(st.sampled_from(NAMES)))
def test_lifts_are_bounded(numbers: list[float], seen: set[str]) -> None:
    found = tastes(*numbers).leaning(sorted(seen))
    if found is not None:
        assert all(exp(-LIMIT) <= lift <= exp(LIMIT) for lift in found.lifts(NAMES).values())
