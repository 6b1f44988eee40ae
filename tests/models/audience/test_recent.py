from hypothesis import given
from hypothesis import strategies as st

from models import bounds
from models.audience import recent

TIMES = st.lists(st.integers(0, 10**12), max_size=30)


@given(TIMES)
def test_the_newest_are_kept_in_order_whatever_order_they_came_in(times: list[int]) -> None:
    kept: list[int] = []
    for at_ms in times:
        recent.note(kept, at_ms)
    assert kept == sorted(at_ms // 1_000 for at_ms in times)[-bounds.RECENT :]


@given(TIMES, TIMES)
def test_two_of_one_person_are_as_one(left: list[int], right: list[int]) -> None:
    apart: tuple[list[int], list[int]] = ([], [])
    together: list[int] = []
    for kept, times in zip(apart, (left, right), strict=True):
        for at_ms in times:
            recent.note(kept, at_ms)
            recent.note(together, at_ms)
    assert recent.merged(*apart) == together


def test_what_never_was_is_taken_back_from_the_newest_on() -> None:
    kept = [1, 2, 3, 4]
    recent.take_back(kept, 3_999, 2)
    assert kept == [1, 4]
    recent.take_back(kept, 3_999, 5)
    assert kept == [4]
