"""What followed: bounded, and what is new gets in."""

from hypothesis import given
from hypothesis import strategies as st

from models.recommend.followers import Followers


def test_what_is_new_gets_in_where_much_is_known() -> None:
    found = Followers()
    for name in "abcdefgh":
        for _ in range(100):
            found.add(name, 1.0, 8)
    for _ in range(200):
        found.add("new", 1.0, 8)
    assert max(found.weights, key=found.weights.__getitem__) == "new"


@given(st.lists(st.tuples(st.integers(0, 30).map(str), st.sampled_from([1.0, 0.5, 1 / 3]))))
def test_it_is_bounded_and_its_total_is_its_sum(added: list[tuple[str, float]]) -> None:
    found = Followers()
    for name, weight in added:
        found.add(name, weight, 5)
    assert len(found.weights) <= 5
    assert abs(found.total - sum(found.weights.values())) < 1e-9
