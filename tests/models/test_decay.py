from math import isclose, isfinite
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from models import decay

HALF_LIFE_MS = 7.0 * decay.DAY_MS
TIMES = st.integers(946_684_800_000, 4_102_444_800_000)
AMOUNTS = st.floats(1e-3, 1e6)


def test_an_amount_halves_every_half_life() -> None:
    at_ms = 1_700_000_000_000
    level = decay.raised(decay.EMPTY, 8.0, at_ms, HALF_LIFE_MS)
    assert isclose(decay.value(level, at_ms, HALF_LIFE_MS), 8.0, rel_tol=1e-9)
    assert isclose(decay.value(level, at_ms + 21 * decay.DAY_MS, HALF_LIFE_MS), 1.0, rel_tol=1e-9)


def test_nothing_is_nothing() -> None:
    assert decay.value(decay.EMPTY, 1_700_000_000_000, HALF_LIFE_MS) == 0.0
    assert decay.merged(decay.EMPTY, decay.EMPTY) == decay.EMPTY
    assert decay.raised(decay.EMPTY, 0.0, 1, HALF_LIFE_MS) == decay.EMPTY


@given(st.lists(st.tuples(TIMES, AMOUNTS), min_size=1, max_size=12), st.randoms())
def test_order_does_not_matter_and_everything_stays_finite(
    seen: list[tuple[int, float]], random: Random
) -> None:
    shuffled = list(seen)
    random.shuffle(shuffled)
    levels = []
    for order in (seen, shuffled):
        level = decay.EMPTY
        for at_ms, amount in order:
            level = decay.raised(level, amount, at_ms, HALF_LIFE_MS)
        levels.append(level)
    assert isclose(levels[0], levels[1], rel_tol=1e-9)
    assert isfinite(decay.value(levels[0], 0, HALF_LIFE_MS))


@given(st.tuples(TIMES, AMOUNTS), st.tuples(TIMES, AMOUNTS))
def test_merging_equals_adding_to_one(first: tuple[int, float], second: tuple[int, float]) -> None:
    one = decay.raised(decay.EMPTY, first[1], first[0], HALF_LIFE_MS)
    other = decay.raised(decay.EMPTY, second[1], second[0], HALF_LIFE_MS)
    both = decay.raised(one, second[1], second[0], HALF_LIFE_MS)
    assert isclose(decay.merged(one, other), both, rel_tol=1e-12)
