"""What a person waited for has come: their flow starts, and they wait for it no longer.

One flow tells of one thing at a time. While it is under way, what else has come keeps its place in
the list; when the flow has decided, or was ended, the next of it has its turn.
"""

from collections.abc import Iterable

from models import bounds
from models.decision.triggers import reachable, start_about
from models.person.profile import Armed, Profile
from models.programme.flow_events import WAITED_FOR, Trigger
from models.programme.flows import Flow
from models.step import Step
from models.waiting import holds, waits
from models.waiting.wait import Wait, entry_of
from models.world import World

TIMER_PREFIX = "waiting"
"""What is told of is told as by a timer that fell due, though none was set: its name says what."""


def timer_of(kind: str, about: str) -> str:
    """The name under which a person is told of what they wait for."""
    return f"{TIMER_PREFIX}:{kind}:{about}"


def told(timer_name: str, profile: Profile, step: Step, world: World) -> None:
    """Start the flows of what has come, if it has come for this person.

    Someone who doesn't wait for it (any more) is taken off the list, and nothing else happens.
    """
    kind, _, about = timer_name.partition(":")[2].partition(":")
    wait = waits.find(kind, about, profile)
    if wait is None:
        step.unlist_wait(entry_of(kind, about))
        return
    _tell(wait, profile, step, world)


def _tell(wait: Wait, profile: Profile, step: Step, world: World) -> bool:
    """Start the flows of a wait, which ends it; False where they can't, or it hasn't come."""
    product = holds.product_of(wait, profile, world.catalog, world.programme, step.now_ms)
    if not product:
        return False
    waited_for = f"{wait.kind}:{wait.about}@{wait.since_ms}"
    flows = world.programme.started_by.get(wait.kind, ())
    started = [
        flow for flow in flows if start_about(flow, product, waited_for, profile, step, world)
    ]
    if started:
        waits.end(wait, profile, step)
    for flow in started:
        _wait_again(flow, product, profile, step, world)
    return bool(started)


def catch_up(profile: Profile, step: Step, world: World) -> None:
    """Tell someone who has just been listed of what has come already."""
    for wait in list(profile.waits):
        _tell(wait, profile, step, world)


def decided(flow: Flow, product_id: str, profile: Profile, step: Step, world: World) -> None:
    """Go on after the timer of a flow about a product: wait again, or give the next its turn."""
    _wait_again(flow, product_id, profile, step, world)
    _next(flow, profile, step, world)


def ended(flows: Iterable[Flow], profile: Profile, step: Step, world: World) -> None:
    """Go on after flows were ended while they waited, once all of what ended them is applied."""
    for flow in flows:
        if flow.trigger in WAITED_FOR:
            _next(flow, profile, step, world)


def take_up(flow: Flow, armed: Armed, profile: Profile, step: Step, world: World) -> None:
    """Take over that someone was to be told of a product, before it was known who they are.

    What can't start now, since they are told of another or can't be mailed, is waited for again.
    """
    told_of = f"{flow.trigger}:{armed.about}@{armed.trigger_ms}"
    about = armed.about
    if reachable(profile, world) and start_about(flow, about, told_of, profile, step, world):
        _wait_again(flow, about, profile, step, world)
    else:
        since_ms = min(armed.trigger_ms, step.now_ms)  # later, where it waited for its turn
        if profile.bought.get(about, 0) < since_ms:
            again(flow.trigger, about, since_ms, profile, step, world)


def _next(flow: Flow, profile: Profile, step: Step, world: World) -> None:
    """Give the next of what has come its turn; who can't be mailed is told once they can."""
    if not reachable(profile, world):
        return
    for wait in list(profile.waits):
        if wait.kind is flow.trigger and _tell(wait, profile, step, world):
            break


_PRODUCTS = frozenset({Trigger.BACK_IN_STOCK, Trigger.PRICE_DROP})
"""What is waited for by product."""
_GONE_AGAIN = frozenset({"out_of_stock", "price_not_lower", "no_prior_price"})


def _wait_again(flow: Flow, product_id: str, profile: Profile, step: Step, world: World) -> None:
    """Wait once more where the decision just made was held since it is true no more."""
    for name, record in step.emitted:
        held = name == "decision" and record["flow"] == flow.name and record["action"] == "hold"
        if held and not _GONE_AGAIN.isdisjoint(record["reasons"]):
            again(flow.trigger, product_id, step.now_ms, profile, step, world)


def again(
    kind: Trigger, product_id: str, at_ms: int, profile: Profile, step: Step, world: World
) -> None:
    """Wait once more for a product of which the person could not be told after all.

    What is wanted for less is wanted for less than it costs now. A new arrival is not waited for
    by product: its category is waited in anyway.

    Args:
        kind: What they waited for.
        product_id: The product.
        at_ms: Since when, epoch milliseconds.
        profile: The person.
        step: Takes what is listed.
        world: The catalog and the programme.
    """
    record = world.catalog.find(product_id)
    if record is None or kind not in _PRODUCTS:
        return
    price = bounds.money(record.price) if kind is Trigger.PRICE_DROP else 0
    waits.begin(Wait.of(kind, product_id, at_ms, price), profile, step, world)
