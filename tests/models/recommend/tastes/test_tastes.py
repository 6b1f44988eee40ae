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
    best = list(found.best("one", ()))
    assert [(name, share) for name, share, _ in best] == [("b", 0.3), ("c", 0.2), ("a", 0.5)]
    assert best[0][2] == best[1][2] > 1.0 > best[2][2]
    assert [name for name, _, _ in found.best("one", {"b"})] == ["c", "a"]
    assert list(found.best("unknown", ())) == []


def test_nothing_is_told_where_nothing_is_known() -> None:
    assert Tastes().leaning(["a"]) is None
    assert tastes(1.0, 1.0, 1.0, 1.0, 1.0).leaning(["unknown"]) is None
    assert tastes(0.0, 0.0, 0.0, 0.0, 0.0).leaning(["a"]) is None


@given(st.lists(st.floats(-50.0, 50.0), min_size=5, max_size=5), st.sets(st.sampled_from(NAMES)))
def test_lifts_are_bounded(numbers: list[float], seen: set[str]) -> None:
    found = tastes(*numbers).leaning(sorted(seen))
    if found is not None:
        assert all(exp(-LIMIT) <= lift <= exp(LIMIT) for lift in found.lifts(NAMES).values())
