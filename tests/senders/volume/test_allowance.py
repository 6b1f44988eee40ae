"""Which budgets a mail needs room in, and when there is some."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from runtime.volume_settings import VolumeSettings, Warmup
from senders.guardrails.counts import DAY_MS
from senders.volume.allowance import (
    EVERY,
    Budget,
    Plan,
    budgets_of,
    counters_of,
    every_budget,
    plan_of,
    released,
    room_until,
    wait_seconds,
    why_no_step,
)
from senders.volume.curve import Step, start_day

WARMUP = Warmup(start=date(2026, 5, 1), first_day=48, growth=2, until=96)
DAY = start_day(WARMUP) + 1
MIDNIGHT_MS = DAY * DAY_MS
NOBODY: frozenset[str] = frozenset()


def plan(settings: VolumeSettings, week: int = 0, **steps: Step) -> Plan:
    known = {name.replace("every", EVERY): step for name, step in steps.items()}
    return plan_of(settings, DAY, [week] * 7, known, NOBODY)


def caps(settings: VolumeSettings, of: Plan, stream: str = "marketing") -> dict[str, int]:
    return {budget.name: budget.cap for budget in budgets_of(settings, of, stream)}


def test_without_a_warm_up_a_day_stays_within_the_weeks_mean_and_a_half() -> None:
    settings = VolumeSettings()
    assert caps(settings, plan(settings, 10_001)) == {"week": 15_001}
    assert caps(settings, plan(settings, 0)) == {"week": 5_000}, "a small sender isn't held up"


def test_a_warming_stream_goes_by_its_curve_and_the_others_by_the_week() -> None:
    settings = VolumeSettings(warmup={"marketing": WARMUP}, caps={"win_back": 10})
    today = plan(settings, marketing=Step(DAY - 1, 0, DAY - 1))
    assert caps(settings, today) == {"warmup:marketing": 48}
    assert caps(settings, today, "win_back") == {"cap:win_back": 10, "week": 5_000}
    assert counters_of(today, "marketing") == ["marketing", EVERY]
    assert counters_of(today, "win_back") == ["win_back", EVERY, "#week"]
    assert {budget.name for budget in every_budget(settings, today)} == {
        "warmup:marketing",
        "cap:win_back",
        "week",
    }


def test_a_domain_that_warms_up_does_so_with_all_its_streams() -> None:
    settings = VolumeSettings(warmup={EVERY: WARMUP}, caps={EVERY: 1_000})
    today = plan(settings, every=Step(DAY - 1, 0, DAY - 1))
    assert caps(settings, today) == {"warmup:*": 48, "cap:*": 1_000}


def test_after_a_warm_up_the_volume_does_not_fall_back_to_the_week() -> None:
    settings = VolumeSettings(warmup={"marketing": WARMUP}, floor=1)
    over = Step(DAY - 5, 1, DAY - 1, best=96)
    assert caps(settings, plan(settings, 30, marketing=over)) == {"week": 96}
    long_over = Step(DAY - 50, 1, DAY - 40, best=96)
    assert caps(settings, plan(settings, 30, marketing=long_over)) == {"week": 45}


def test_why_a_step_waits_is_said() -> None:
    settings = VolumeSettings(warmup={"marketing": WARMUP})
    step = Step(DAY - 1, 0, DAY - 1)
    assert "not made use of" in why_no_step(
        settings, plan(settings, marketing=step), "marketing", 23
    )
    assert why_no_step(settings, plan(settings, marketing=step), "marketing", 24) == ""
    used = Step(DAY - 1, 0, DAY - 1, best=48)
    assert why_no_step(settings, plan(settings, marketing=used), "marketing", 0) == ""
    held = plan_of(settings, DAY, [0] * 7, {"marketing": used}, frozenset({"marketing"}))
    assert "complaints" in why_no_step(settings, held, "marketing", 0)


def test_an_even_budget_is_released_over_the_day() -> None:
    even = Budget("warmup:marketing", "marketing", 240, even=True)
    hours = [released(even, MIDNIGHT_MS + hour * 3_600_000) for hour in (0, 1, 12, 23)]
    assert hours == [10, 20, 130, 240]
    assert released(Budget("week", "#week", 240, even=False), MIDNIGHT_MS) == 240


@given(
    cap=st.integers(1, 100_000),
    at_ms=st.integers(0, DAY_MS - 1),
    used=st.integers(0, 100_000),
    ahead=st.integers(0, 1_000),
)
def test_after_the_wait_there_is_room_or_another_day(
    cap: int, at_ms: int, used: int, ahead: int
) -> None:
    budget = Budget("b", "b", cap, even=True)
    used = min(used, released(budget, MIDNIGHT_MS + at_ms))
    seconds = wait_seconds(budget, used, ahead, MIDNIGHT_MS + at_ms)
    then_ms = MIDNIGHT_MS + at_ms + int(seconds * 1000) + 1
    assert then_ms // DAY_MS > DAY or ahead < released(budget, then_ms) - used


def test_room_until_a_time_counts_the_days_between() -> None:
    even = Budget("b", "b", 240, even=True)
    noon_ms = MIDNIGHT_MS + DAY_MS // 2
    assert room_until(even, 130, noon_ms, noon_ms) == 0
    assert room_until(even, 130, noon_ms, noon_ms + 3_600_000) == 10
    assert room_until(even, 130, noon_ms, noon_ms + DAY_MS) == 110 + 130
    assert room_until(even, 130, noon_ms, noon_ms + 2 * DAY_MS) == 110 + 240 + 130
