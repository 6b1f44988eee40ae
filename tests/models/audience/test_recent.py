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
    happened = recent.instants(kept)
    assert happened == sorted(at_ms // 1_000 for at_ms in times)[-bounds.RECENT :]
    assert [recent.newest(kept, n + 1) for n in range(len(kept))] == happened[::-1]
    assert recent.kept(happened) == kept


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
    kept = recent.kept([1, 2, 3, 4])
    recent.take_back(kept, 3_999, 2)
    assert recent.instants(kept) == [1, 4]
    recent.take_back(kept, 3_999, 5)
    assert recent.instants(kept) == [4]
    recent.take_back(kept, 9_999, 1)
    assert kept == []
