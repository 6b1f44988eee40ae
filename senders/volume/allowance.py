"""What may leave of a stream today: its budgets, and how much of them is released by now. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from runtime.volume_settings import VolumeSettings
from senders.guardrails.counts import DAY_MS
from senders.volume.curve import SETTLING_DAYS, Step, cap_at, is_over, made_use

EVERY: Final = "*"
"""All streams of the domain."""
WEEK: Final = "#week"
"""What counts against the week's rule: all streams that aren't warming up. No stream's name."""
WEEK_DAYS: Final = 7
AHEAD: Final = 1 / 24
"""Of an evenly released day, this share may leave before its time, so that mails needn't wait for
single minutes."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A number of mails that may leave in a day.

    Attributes:
        name: `warmup:<stream>`, `cap:<stream>` or `week`.
        counter: What counts against it.
        cap: Mails a day.
        even: Whether it is released evenly over the day, so that early comers don't use it up
            before the more engaged.
    """

    name: str
    counter: str
    cap: int
    even: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A day's volume of a domain.

    Attributes:
        day: Counted from 1970, UTC.
        week: The domain's mean a day, of the seven days before.
        week_cap: What that allows today.
        steps: Where each warm-up stands, by stream.
        warming: The streams whose warm-up isn't over.
        held: The warm-ups that take no step while complaints or bounces are high.
    """

    day: int
    week: float
    week_cap: int
    steps: Mapping[str, Step]
    warming: frozenset[str]
    held: frozenset[str]


def plan_of(
    settings: VolumeSettings,
    day: int,
    week: Sequence[int],
    steps: Mapping[str, Step],
    held: frozenset[str],
) -> Plan:
    """The plan of a day.

    Args:
        settings: Warm-ups and limits.
        day: Counted from 1970, UTC.
        week: What left of the domain on each of the seven days before.
        steps: Where each warm-up stands today, by stream.
        held: The warm-ups that take no step.
    """
    mean = sum(week) / WEEK_DAYS
    over = {
        stream: cap_at(warmup, steps[stream].number)
        for stream, warmup in settings.warmup.items()
        if stream in steps and is_over(warmup, steps[stream])
    }
    # The mean of a week of growth lags behind what the domain was just warmed up to.
    settling = sum(cap for s, cap in over.items() if day - steps[s].day <= SETTLING_DAYS)
    week_cap = max(settings.floor, settling, math.floor(settings.week_factor * mean))
    return Plan(day, mean, week_cap, steps, frozenset(settings.warmup) - set(over), held)


def budgets_of(settings: VolumeSettings, plan: Plan, stream: str) -> list[Budget]:
    """What a marketing mail of a stream needs room in, all of them."""
    found = []
    for name in (stream, EVERY):
        if name in plan.warming:
            cap = cap_at(settings.warmup[name], plan.steps[name].number)
            found.append(Budget(f"warmup:{name}", name, cap, even=True))
        if (limit := settings.caps.get(name)) is not None:
            found.append(Budget(f"cap:{name}", name, limit, even=True))
    if not plan.warming & {stream, EVERY}:
        found.append(Budget("week", WEEK, plan.week_cap, even=False))
    return found


def every_budget(settings: VolumeSettings, plan: Plan) -> list[Budget]:
    """All budgets of a day, each once."""
    streams = [EVERY, *sorted({*settings.warmup, *settings.caps} - {EVERY})]
    # A stream without a warm-up or cap of its own is under the week's rule, if any is.
    return list({b.name: b for s in (*streams, "") for b in budgets_of(settings, plan, s)}.values())


def counters_of(plan: Plan, stream: str) -> list[str]:
    """What a mail of a stream counts in: the stream, all, and the week's rule where it holds."""
    settled = not plan.warming & {stream, EVERY}
    return [stream, EVERY, *([WEEK] if settled else [])]


def released(budget: Budget, now_ms: int) -> int:
    """The mails of a budget that may have left by now."""
    if not budget.even:
        return budget.cap
    share = min(1.0, (now_ms % DAY_MS) / DAY_MS + AHEAD)
    return min(budget.cap, math.ceil(budget.cap * share))


def room_until(budget: Budget, used: int, now_ms: int, end_ms: int) -> int:
    """How many more mails of a budget can leave until a time, if all days are like today."""
    if end_ms <= now_ms:
        return 0
    days = end_ms // DAY_MS - now_ms // DAY_MS
    if days == 0:
        return max(0, released(budget, end_ms) - used)
    return max(0, budget.cap - used) + (days - 1) * budget.cap + released(budget, end_ms)


def wait_seconds(budget: Budget, used: int, ahead: int, now_ms: int) -> float:
    """How long until a budget may have room for someone, in the pipeline's seconds.

    Args:
        budget: What they wait for.
        used: Mails that left of it today.
        ahead: How many go before them.
        now_ms: The pipeline's time, epoch milliseconds.
    """
    wanted = used + ahead + 1
    rest_ms = DAY_MS - now_ms % DAY_MS
    if not budget.even or wanted > budget.cap:
        return rest_ms / 1000
    due_ms = (wanted / budget.cap - AHEAD) * DAY_MS
    return max(0.0, min(rest_ms, due_ms - now_ms % DAY_MS)) / 1000


def why_no_step(settings: VolumeSettings, plan: Plan, stream: str, used: int) -> str:
    """What keeps a warm-up at its step, in words; empty where the next one is taken tomorrow.

    Args:
        settings: Warm-ups.
        plan: Today's.
        stream: Which warm-up.
        used: What left of it today.
    """
    warmup, step = settings.warmup[stream], plan.steps[stream]
    step = replace(step, best=max(step.best, used))
    if stream in plan.held:
        return "complaints or bounces are high"
    if plan.day < step.start:
        return f"it begins on {warmup.start}"
    return "" if made_use(warmup, step) else "not made use of yet"
