"""To which later hours a mail may be put off, and what its chance of a click would be then.

Within a day every second hour; of each day after that, where the flow waits so long, the hour that
looks best, for a week has more hours than a decision can weigh.
"""

from collections.abc import Iterator, Mapping

from models import localtime
from models.decay import DAY_MS
from models.decision.arms import WAIT
from models.decision.moment import Hour
from models.person.profile import Profile
from models.person.rhythm import HOUR_MS, Hours
from models.programme.flows import Flow
from models.world import World

_EACH_HOURS = 2
_LEAST_WAIT_MS = 30 * 60_000
_TO_SPARE_MS = 30 * 60_000
"""How long before the window's end: a timer fires a little late, after an outage more than that."""
_FADES_PER_HOUR = 0.01
"""By how much interest, as log-odds of a click, is assumed to fade in an hour of waiting; in a flow
that waits longer than a day more slowly, so that it fades as much over the whole wait."""
_DAYS = ("thu", "fri", "sat", "sun", "mon", "tue", "wed")
"""From the epoch's on."""


def hours(
    flow: Flow,
    wanted_ms: int,
    profile: Profile,
    now_ms: int,
    world: World,
    seen: Mapping[str, float],
) -> list[Hour]:
    """The hours to which a decision may be put off, soonest first; none with the models off.

    Every second hour of the person's day within the flow's `wait`, outside its quiet hours and
    within its window; after the first day one hour of each.

    Args:
        flow: The flow to decide for.
        wanted_ms: When it would have liked to decide.
        profile: The person.
        now_ms: The moment, epoch milliseconds.
        world: Programme, models and settings.
        seen: The features at this moment, by name.
    """
    if not flow.wait_ms or not (world.policy.learning or world.decide):
        return []
    last_ms = min(now_ms + flow.wait_ms, wanted_ms + flow.window_ms - _TO_SPARE_MS)
    zone = localtime.usable(profile.time_zone, world.programme.time_zone)
    looks, later = Hours(profile), world.population.later(seen)
    for_days = flow.wait_ms > DAY_MS
    fades_per_hour = _FADES_PER_HOUR * DAY_MS / flow.wait_ms if for_days else _FADES_PER_HOUR

    def put_off(hour: int, at_ms: int, name: str) -> Hour:
        soon = round(looks.looks_soon(at_ms), 3)
        if for_days:
            soon += round(looks.on_its_day(at_ms) - looks.on_its_day(now_ms), 3)
        shift, variance = later.shift(soon, hour / 24.0)
        fades = fades_per_hour * (at_ms - now_ms) / HOUR_MS
        return Hour(f"{WAIT}/{name}{hour:02d}", at_ms, shift - fades, variance)

    found = []
    for from_ms in range(now_ms, last_ms, DAY_MS):
        upto_ms, first = min(from_ms + DAY_MS, last_ms), from_ms == now_ms
        day = [
            put_off(hour, at_ms, "" if first else f"{_day(at_ms, zone)}/")
            for hour, at_ms in _ahead(flow, from_ms, upto_ms, zone)
            if at_ms >= now_ms + _LEAST_WAIT_MS
        ]
        found += day if first else sorted(day, key=_best)[-1:]
    # Where the clocks change by hours, those of the day may come in another order.
    return sorted(found, key=lambda hour: hour.until_ms)


def _best(hour: Hour) -> tuple[float, int]:
    return hour.shift, -hour.until_ms


def _day(at_ms: int, zone: str) -> str:
    return _DAYS[localtime.local_day(at_ms, zone) % 7]


def _ahead(flow: Flow, from_ms: int, upto_ms: int, zone: str) -> Iterator[tuple[int, int]]:
    """The flow's hours within a day from a moment on, and when they are."""
    here = localtime.local_minute(from_ms, zone) // 60 // _EACH_HOURS * _EACH_HOURS
    offset_ms = localtime.steady_offset_ms(from_ms, upto_ms, zone)
    since_ms = (from_ms + (offset_ms or 0)) % (_EACH_HOURS * HOUR_MS)
    for ahead in range(_EACH_HOURS, 24 + _EACH_HOURS, _EACH_HOURS):
        hour = (here + ahead) % 24
        if offset_ms is None:
            at_ms = localtime.next_at(from_ms, zone, hour * 60)
        else:
            at_ms = from_ms - since_ms + ahead * HOUR_MS
        if at_ms > upto_ms:
            continue
        quiet = flow.quiet is not None and flow.quiet.covers(hour * 60)
        if not quiet:
            yield hour, at_ms
