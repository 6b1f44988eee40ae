"""The heaviest names, in order."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from models.recommend import leaders
from models.recommend.leaders import LEADERS, Leaders


@given(st.lists(st.integers(0, 3 * LEADERS), max_size=2_000))
@settings(max_examples=30, deadline=None)
def test_they_are_those_with_the_most(seen: list[int]) -> None:
    found, times = Leaders(), Counter[str]()
    for at, number in enumerate(seen):
        times[str(number)] += 1
        found.rise(str(number), times[str(number)])
        if at == len(seen) // 2:
            found.scale(1.0)
    weights = [times[name] for name in found.names]
    assert weights == [count for _, count in times.most_common(LEADERS)]
    assert len(set(found.names)) == len(found.names)


def test_a_name_that_is_dropped_is_gone() -> None:
    found = Leaders()
    for name in ("a", "b"):
        found.rise(name, 1.0)
    found.drop("a")
    found.drop("never there")
    assert found.names == ["b"]
    found.rise("a", 2.0)
    assert found.names == ["a", "b"]


def test_all_shrink_by_the_same_share() -> None:
    found = Leaders()
    found.rise("a", 8.0)
    found.scale(0.25)
    found.rise("b", 3.0)
    assert found.names == ["b", "a"]
    assert leaders.LEADERS == 200
