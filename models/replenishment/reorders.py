"""When somebody will need a product again: by their own interval, from the second order on.

One flow waits for one product at a time, the one that is due first. Buying it again moves it, and
the next has its turn.
"""

from models import bounds
from models.decay import DAY_MS
from models.decision.triggers import await_turn, ended_since, forget, reachable, turn_ms
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.programme.flows import Flow
from models.replenishment.repeat import Repeat
from models.step import Step
from models.world import World

_APART_MS = 3 * DAY_MS
"""Orders closer to each other are one purchase: something was forgotten, or a second parcel."""


def find(product_id: str, profile: Profile) -> Repeat | None:
    """What is known of a product that the person buys again and again, or None."""
    for repeat in profile.repeats:
        if repeat.product_id == product_id:
            return repeat
    return None


def bought(product_id: str, at_ms: int, before_ms: int, profile: Profile) -> None:
    """Note an order of a product; one that is overtaken by a later order says nothing.

    Args:
        product_id: The product.
        at_ms: When, epoch milliseconds.
        before_ms: The last order with it before this one was known; 0 for none.
        profile: The person.
    """
    known = find(product_id, profile)
    if known is None:
        if before_ms and at_ms - before_ms >= _APART_MS:
            _keep(Repeat(product_id, 2, at_ms - before_ms, at_ms), profile)
        return
    since_ms = at_ms - known.last_ms
    if since_ms <= 0:
        return
    known.last_ms, known.told = at_ms, False
    if since_ms >= _APART_MS:
        known.interval_ms += (since_ms - known.interval_ms) // known.times
        known.times = min(known.times + 1, 1_000)


def _keep(repeat: Repeat, profile: Profile) -> None:
    """Keep one more; of too many the one goes that was bought least often, then longest ago."""
    profile.repeats.append(repeat)
    if len(profile.repeats) > bounds.REPEATS:
        kept = profile.repeats[:-1]
        kept.remove(min(kept, key=lambda r: (r.times, r.last_ms, r.product_id)))
        profile.repeats[:] = [*kept, repeat]


def plan(profile: Profile, step: Step, world: World) -> None:
    """Have each replenishment flow wait for what is due next, or for nothing.

    Only for people who can be mailed; for others it is planned once they can.
    """
    flows = world.programme.started_by.get(Trigger.REPLENISHMENT, ())
    if not flows or not (profile.repeats and reachable(profile, world)):
        return
    for flow in flows:
        _plan(flow, profile, step, world)


def _plan(flow: Flow, profile: Profile, step: Step, world: World) -> None:
    armed = profile.armed.get(flow.name)
    planned = (armed.trigger_ms + flow.delay_ms, armed.about) if armed is not None else None
    upcoming = []
    for repeat in profile.repeats:
        due_ms = _due_ms(repeat, world)
        turn = (turn_ms(flow, due_ms, profile), repeat.product_id)
        if repeat.told or ended_since(flow, turn[0] - flow.delay_ms, profile, world):
            continue
        if turn == planned or due_ms + flow.window_ms >= step.now_ms:
            upcoming.append((due_ms, turn))
    _, first = min(upcoming, default=(0, None))
    if first is not None and first == planned:
        return  # it waits for that already, perhaps for a better hour or the end of quiet hours
    if armed is not None:
        forget(flow.name, profile, step)
    if first is not None:
        await_turn(flow, *first, profile, step, world)


def _due_ms(repeat: Repeat, world: World) -> int:
    return repeat.last_ms + round(repeat.interval_ms * world.programme.replenish_at)


def decided(product_id: str, profile: Profile, step: Step, world: World) -> None:
    """Note that it was decided about a product, and plan for the next one."""
    repeat = find(product_id, profile)
    if repeat is not None:
        repeat.told = True
    plan(profile, step, world)


def absorb(other: Profile, profile: Profile) -> None:
    """Take over what someone bought again and again before it was known who they are.

    What the profiles bought is to be merged before.
    """
    for repeat in other.repeats:
        known = find(repeat.product_id, profile)
        if known is None:
            _keep(repeat, profile)
        elif repeat.last_ms > known.last_ms:
            known.last_ms, known.told = repeat.last_ms, repeat.told
    for repeat in profile.repeats:
        # What was bought once more as the other, too: only orders of several make a repeat.
        bought_ms = profile.bought.get(repeat.product_id, 0)
        if bought_ms > repeat.last_ms:
            repeat.last_ms, repeat.told = bought_ms, False
