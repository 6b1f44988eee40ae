"""The warm-up curve: steps are earned by mail that left, and wait while reputation suffers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from runtime.volume_settings import Warmup
from senders.volume.curve import Step, advance, cap_at, is_over, start_day

WARMUP = Warmup(start=date(2026, 5, 1), first_day=50, growth=1.5, until=1_000)
DAY = start_day(WARMUP)


def days(*used: int, held: frozenset[int] = frozenset()) -> list[int]:
    """The caps of days on which so much leaves, one after the other, and of the day after."""
    step, caps, before = None, [], 0
    for number in range(len(used) + 1):
        step = advance(WARMUP, step, DAY + number, before, held=number in held)
        caps.append(cap_at(WARMUP, step.number))
        before = used[number] if number < len(used) else 0
    return caps


def test_it_grows_day_by_day_up_to_its_aim() -> None:
    assert days(*[10_000] * 9) == [50, 75, 112, 168, 252, 378, 567, 850, 1_000, 1_000]


def test_no_step_is_taken_while_complaints_or_bounces_are_high() -> None:
    assert days(50, 75, 75, 112, held=frozenset({2, 3})) == [50, 75, 75, 75, 112]


def test_a_step_is_earned_by_using_the_one_before() -> None:
    assert days(0, 24, 3, 25) == [50, 50, 50, 50, 75]
    # What was used earlier counts, though the step had to wait then.
    assert days(50, 0, 0, held=frozenset({1})) == [50, 50, 75, 75]


def test_a_hold_that_ends_within_the_day_lets_the_step_be_taken_once() -> None:
    first = advance(WARMUP, None, DAY, 0, held=False)
    held = advance(WARMUP, first, DAY + 1, 50, held=True)
    assert held.number == 0
    taken = advance(WARMUP, held, DAY + 1, 50, held=False)
    assert (taken.number, taken.day) == (1, DAY + 1)
    assert advance(WARMUP, taken, DAY + 1, 75, held=False) == taken


def test_yesterday_stays_at_the_step_it_was_at() -> None:
    first = advance(WARMUP, None, DAY, 0, held=False)
    second = advance(WARMUP, first, DAY + 1, 50, held=False)
    assert [second.on(DAY + n).number for n in (0, 1, 2)] == [0, 1, 1]
    assert first.on(DAY - 1) == first


def test_another_start_begins_anew_and_before_it_the_first_day_holds() -> None:
    late = Step(DAY, 7, DAY + 9, 900)
    again = WARMUP.model_copy(update={"start": date(2026, 7, 1)})
    before = advance(again, late, DAY + 20, 900, held=False)
    assert cap_at(again, before.number) == 50
    assert advance(again, before, DAY + 21, 50, held=False).number == 0


def test_it_is_over_once_its_aim_was_made_use_of() -> None:
    aim = Step(DAY, 8, DAY + 8)
    assert not is_over(WARMUP, aim)
    assert is_over(WARMUP, advance(WARMUP, aim, DAY + 9, 500, held=False))


@given(
    first=st.integers(1, 500),
    growth=st.floats(1.001, 2),
    used=st.lists(st.integers(0, 100_000), max_size=40),
    held=st.frozensets(st.integers(0, 40)),
)
def test_no_day_allows_more_than_growth_times_the_highest_cap_before(
    first: int, growth: float, used: list[int], held: frozenset[int]
) -> None:
    warmup = Warmup(start=date(2026, 5, 1), first_day=first, growth=growth, until=50_000)
    step, before, cap = None, 0, first
    for number, wanted in enumerate(used):
        step = advance(warmup, step, DAY + number, before, held=number in held)
        new = cap_at(warmup, step.number)
        assert cap <= new <= max(cap + 1, cap * growth)
        assert new == cap or number not in held
        assert Step.decode(step.encode()) == step
        cap, before = new, min(wanted, new)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"start": "soon"},
        {"start": "2026-05-01", "growth": 1.0},
        {"start": "2026-05-01", "growth": 2.5},
        {"start": "2026-05-01", "first_day": 0},
        {"start": "2026-05-01", "first_day": 100, "until": 50},
        {"start": "2026-05-01", "frist_day": 100},
    ],
)
def test_a_curve_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Warmup.model_validate(wrong)
