"""What is laid aside comes back in its order, and is read in stretches."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from senders.reading.aside import NEAR, Aside, runs
from senders.reading.offsets import Place


def test_each_destination_gets_its_own_back_first_come_first_served() -> None:
    aside = Aside()
    places = [Place(0, 1, offset) for offset in range(6)]
    for place in places:
        aside.lay("slow" if place.offset % 2 else "other", place)
    assert len(aside) == 6
    assert aside.take("slow", 2) == [places[1], places[3]]
    assert aside.keys == ["other", "slow"]
    assert aside.take("slow", 9) == [places[5]]
    assert aside.keys == ["other"]
    assert aside.take("nobody", 3) == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5_000)), unique=True))
def test_stretches_hold_every_place_once_and_no_wide_gap(found: list[tuple[int, int]]) -> None:
    places = [Place(partition, 1, offset) for partition, offset in found]
    stretches = list(runs(places))
    assert sorted((p.partition, p.offset) for run in stretches for p in run) == sorted(found)
    for run in stretches:
        assert len({place.partition for place in run}) == 1
        for one, other in pairwise(run):
            assert 0 < other.offset - one.offset <= NEAR
