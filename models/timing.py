"""To which later hours a mail may be put off, and what its chance of a click would be then."""

from models import localtime
from models.features import named
from models.flows import Flow
from models.moment import Slot
from models.population import WAIT
from models.profile import Profile
from models.rhythm import looks_soon
from models.world import World

HOUR_MS = 3_600_000
_EACH_HOURS = 2
_LEAST_WAIT_MS = 30 * 60_000
_TO_SPARE_MS = 30 * 60_000
"""How long before the window's end: a timer fires a little late, after an outage more than that."""
_FADES_PER_HOUR = 0.01
"""By how much interest, as log-odds of a click, is assumed to fade in an hour of waiting."""


def slots(
    flow: Flow, wanted_ms: int, profile: Profile, now_ms: int, world: World, observed: list[int]
) -> list[Slot]:
    """The hours to which a decision may be put off, soonest first; none with the models off.

    Every second hour of the person's day within the flow's `wait`, outside its quiet hours and
    within its window.

    Args:
        flow: The flow to decide for.
        wanted_ms: When it would have liked to decide.
        profile: The person.
        now_ms: The moment, epoch milliseconds.
        world: Programme, models and settings.
        observed: The features at this moment.
    """
    if not flow.wait_ms or not (world.policy.learning or world.decide):
        return []
    last_ms = min(now_ms + flow.wait_ms, wanted_ms + flow.window_ms - _TO_SPARE_MS)
    zone = localtime.usable(profile.time_zone, world.programme.time_zone)
    now = named(observed)
    found = []
    for hour in range(0, 24, _EACH_HOURS):
        if flow.quiet is not None and flow.quiet.covers(hour * 60):
            continue
        at_ms = localtime.next_at(now_ms, zone, hour * 60)
        if not now_ms + _LEAST_WAIT_MS <= at_ms <= last_ms:
            continue
        then = {"looks_soon": round(looks_soon(profile, at_ms), 3), "hour": hour / 24.0}
        shift, variance = world.population.later(now, then)
        fades = _FADES_PER_HOUR * (at_ms - now_ms) / HOUR_MS
        found.append(Slot(f"{WAIT}/{hour:02d}", at_ms, shift - fades, variance))
    return sorted(found, key=lambda slot: slot.until_ms)
