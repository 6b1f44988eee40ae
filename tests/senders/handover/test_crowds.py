"""However many wait for one thing, what waits for others finds a place."""

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.errors import CrowdedError
from senders.handover.crowds import Crowds


def fill(crowds: Crowds, key: str, stack: ExitStack, wanted: int = 10_000) -> int:
    for number in range(wanted):
        try:
            stack.enter_context(crowds.waiting(key, 1.0))
        except CrowdedError:
            return number
    return wanted


def test_one_thing_gets_half_of_the_places_and_others_still_find_some() -> None:
    crowds = Crowds(100)
    with ExitStack() as stack:
        assert fill(crowds, "pause", stack) == 50
        assert crowds.room("pause") == 0
        assert fill(crowds, "volume", stack) == 25
        assert crowds.room("volume") == 0
        assert crowds.room("retry") == 12
    assert crowds.room("pause") == 50


@given(st.lists(st.sampled_from("abcdefgh"), max_size=400), st.integers(1, 60))
def test_all_together_are_no_more_than_may_be_but_one_of_each(wanted: list[str], most: int) -> None:
    crowds, held = Crowds(most), 0
    with ExitStack() as stack:
        for key in wanted:
            held += fill(crowds, key, stack, 1)
        assert held <= most + len(set(wanted))
    for key in set(wanted):
        assert crowds.room(key) == max(1, most // 2)


def test_it_says_what_for_and_how_long() -> None:
    crowds = Crowds(1)
    with crowds.waiting("pause", 1.0), pytest.raises(CrowdedError) as refused:
        crowds.waiting("pause", 7.0).__enter__()
    assert (refused.value.key, refused.value.seconds) == ("pause", 7.0)


def test_who_leaves_by_an_error_leaves() -> None:
    crowds = Crowds(2)
    for _ in range(9):
        with pytest.raises(KeyError), crowds.waiting("pause", 1.0):
            raise KeyError
    assert crowds.look_seconds == 0
