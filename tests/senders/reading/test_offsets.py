import random

from hypothesis import given
from hypothesis import strategies as st

from senders.reading.offsets import LowWatermarks


@given(st.integers(1, 60), st.integers(0, 2**32), st.integers(0, 5))
def test_only_what_is_finished_without_a_gap_is_committed(
    count: int, seed: int, start: int
) -> None:
    marks = LowWatermarks()
    marks.assign(0)
    places = [marks.take(0, start + number) for number in range(count)]
    unfinished = {place.offset for place in places}
    order = list(places)
    random.Random(seed).shuffle(order)
    for place in order:
        marks.finish(place)
        unfinished.discard(place.offset)
        expected = min(unfinished, default=start + count)
        assert marks.committable().get(0, expected) == expected
    assert marks.committable() == {0: start + count}
    assert marks.under_way == 0


def test_what_is_committed_is_not_committed_again() -> None:
    marks = LowWatermarks()
    marks.assign(3)
    marks.finish(marks.take(3, 10))
    assert marks.committable() == {3: 11}
    marks.committed(3, 11)
    assert marks.committable() == {}


def test_gaps_in_the_log_are_no_gaps_in_the_account() -> None:
    marks = LowWatermarks()
    marks.assign(0)
    first, second = marks.take(0, 4), marks.take(0, 9)
    marks.finish(second)
    assert marks.committable() == {0: 4}
    marks.finish(first)
    assert marks.committable() == {0: 10}


def test_what_was_taken_in_an_earlier_assignment_counts_no_more() -> None:
    marks = LowWatermarks()
    marks.assign(0)
    old = marks.take(0, 5)
    marks.revoke(0)
    assert not marks.is_ours(old)
    marks.assign(0)
    again = marks.take(0, 5)
    marks.finish(old)
    assert not marks.is_ours(old)
    assert marks.is_ours(again)
    assert marks.committable() == {0: 5}
    marks.committed(0, 5)
    assert marks.committable() == {}


def test_nothing_read_commits_nothing() -> None:
    marks = LowWatermarks()
    marks.assign(0)
    assert marks.committable() == {}


def test_a_partition_given_away_is_no_longer_had() -> None:
    marks = LowWatermarks()
    marks.assign(3)
    assert marks.has(3)
    marks.revoke(3)
    assert not marks.has(3)
