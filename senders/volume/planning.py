"""The plan of a day, read from the ledger: the week before, and each warm-up's step of today."""

from collections.abc import Callable, Mapping, Sequence

from runtime.volume_settings import VolumeSettings
from senders.volume.allowance import EVERY, Plan, plan_of
from senders.volume.curve import Step, advance
from senders.volume.store import VolumeStore

Held = Callable[[str], bool]
"""Whether complaints or bounces of a stream (`*`: of any) are high."""


async def make_plan(
    store: VolumeStore, settings: VolumeSettings, day: int, held: Held, *, step: bool
) -> Plan:
    """The plan of a day.

    Args:
        store: The domain's volume.
        settings: Warm-ups and limits.
        day: Counted from 1970, UTC.
        held: See `Held`.
        step: Whether to take the steps that are due, for everybody and for good.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    week = await store.week(day)
    known = await store.steps() if settings.warmup else {}
    holding = frozenset(stream for stream in settings.warmup if held(stream))
    steps: dict[str, Step] = {}
    for stream, warmup in settings.warmup.items():
        before = known.get(stream)
        used = _busiest(week, stream, day, before)
        after = advance(warmup, before, day, used, held=stream in holding)
        if step and after != before and not await store.step(stream, before, after):
            # Another process was first; what it wrote came of the same counts.
            after = (await store.steps())[stream]
        # Who is still at yesterday, or whose clock is slow, has no more room by today's step.
        steps[stream] = after.on(day)
    return plan_of(settings, day, [each.get(EVERY, 0) for each in week], steps, holding)


def _busiest(week: Sequence[Mapping[str, int]], counter: str, day: int, step: Step | None) -> int:
    """Most mails that left on a day of a step that is over."""
    since = day if step is None else step.day
    return max((each.get(counter, 0) for each in week[: max(0, day - since)]), default=0)
