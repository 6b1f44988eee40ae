"""What starts the clock of a flow and what stops it; what it then does is in `models.decision.due`.

An event that starts a flow sets one durable timer; later ones only note their time in the profile,
and the timer, when it fires too early for them, is set again. A burst of browsing so costs one
timer, not one a page. Everything goes by the events' own time, so an event that arrives late and
was overtaken by a purchase starts nothing.
"""

from models import bounds
from models.decision.due import after_quiet_ms, decide_now, forget_unknown
from models.decision.look import consents
from models.decision.moment import TriggerSeen
from models.decision.superseding import supersede
from models.person.profile import Armed, Profile
from models.programme.flow_events import Cancel, Trigger
from models.programme.flows import Flow
from models.step import Step
from models.world import World


def reachable(profile: Profile, world: World) -> bool:
    """Whether an address is known and consent stands."""
    return profile.has_address and consents(profile, world.programme.purpose)


def start(
    trigger: str,
    at_ms: int,
    event_id: str,
    profile: Profile,
    step: Step,
    world: World,
    about: str = "",
    owed: str = "",
) -> None:
    """Start the flows of a trigger, by an event that happened at `at_ms`.

    Args:
        trigger: A `Trigger`, a milestone as `models.programme.flow_events.by_milestone` calls it,
            or a segment as `by_segment` does.
        at_ms: When the event happened, epoch milliseconds.
        event_id: Its id; empty where time did it: then it is decided by a timer, if at once.
        profile: The person.
        step: Takes timers and decisions.
        world: The programme.
        about: What the event was about, where that matters to its flows.
        owed: The same, for flows of transactional mail.
    """
    for flow in world.programme.started_by.get(trigger, ()):
        armed = profile.armed.get(flow.name)
        of = owed if owed and flow.owed else about
        noted = armed is not None and _noted(armed, flow, at_ms, profile, of)
        if not noted and _may_start(flow, at_ms, profile, world):
            _start(flow, TriggerSeen("event", event_id, at_ms), profile, step, world, of)


def start_flow(flow: Flow, armed: Armed, profile: Profile, step: Step, world: World) -> None:
    """Start one flow that waits, by what happened under another name."""
    at_ms, about = armed.trigger_ms, armed.about
    known = profile.armed.get(flow.name)
    noted = known is not None and _noted(known, flow, at_ms, profile, about)
    if not noted and _may_start(flow, at_ms, profile, world):
        _start(flow, TriggerSeen("event", "", at_ms), profile, step, world, about)


def start_once(flow: Flow, seen: TriggerSeen, profile: Profile, step: Step, world: World) -> None:
    """Start a flow, unless it is under way or must not start (again)."""
    if flow.name not in profile.armed and _may_start(flow, seen.at_ms, profile, world):
        _start(flow, seen, profile, step, world)


def start_about(
    flow: Flow, about: str, waited_for: str, profile: Profile, step: Step, world: World
) -> bool:
    """Start a flow about a product now, or where that is too soon once it may start again.

    What ends such a flow, an order say, ends it only while it waits: what was before is no matter.

    Args:
        flow: The flow.
        about: The product.
        waited_for: Names what was waited for, and since when: the trigger's id.
        profile: The person.
        step: Takes timers and decisions.
        world: The programme.

    Returns:
        Whether it started; not where it is under way already, or comes after another flow.
    """
    now_ms = step.now_ms
    armed = profile.armed.get(flow.name)
    if armed is not None and now_ms <= armed.due_ms + flow.window_ms:
        return False
    if not _follows(flow, profile):
        return False
    decided_ms = profile.flows.get(flow.name)
    at_ms = now_ms if decided_ms is None else max(now_ms, decided_ms + flow.again_after_ms)
    if at_ms > now_ms:
        _arm(flow, at_ms + flow.delay_ms, at_ms, profile, step, world, about)
    else:
        _start(flow, TriggerSeen("catalog", waited_for, at_ms), profile, step, world, about)
    return True


def turn_ms(flow: Flow, due_ms: int, profile: Profile) -> int:
    """When a flow that is due may decide: not before it may start again."""
    decided_ms = profile.flows.get(flow.name)
    if decided_ms is None:
        return due_ms
    return max(due_ms, decided_ms + flow.again_after_ms + flow.delay_ms)


def await_turn(
    flow: Flow, due_ms: int, about: str, profile: Profile, step: Step, world: World
) -> None:
    """Have a flow about a product wait until it is due."""
    _arm(flow, due_ms, due_ms - flow.delay_ms, profile, step, world, about)


def _noted(armed: Armed, flow: Flow, at_ms: int, profile: Profile, about: str) -> bool:
    """Note an event for a flow that waits already; False where it is to be started anew.

    That is one whose timer should long have fired: whatever became of it.
    """
    remembered = armed.due_ms == 0 and not profile.has_address  # someone not known: no timer
    if not remembered and at_ms > armed.due_ms + flow.window_ms:
        return False
    if at_ms > armed.trigger_ms:
        armed.trigger_ms = at_ms
        armed.about = about or armed.about
    return True


def _may_start(flow: Flow, at_ms: int, profile: Profile, world: World) -> bool:
    decided_ms = profile.flows.get(flow.name)
    pause_ms = flow.again_after_ms  # 0 where each event has a mail of its own, in whatever order
    if decided_ms is not None and pause_ms and at_ms < decided_ms + pause_ms:
        return False
    return _follows(flow, profile) and not ended_since(flow, at_ms, profile, world)


def _follows(flow: Flow, profile: Profile) -> bool:
    """Whether the flow that must come before has been decided, if one must."""
    return not flow.after or flow.after in profile.flows


def ended_since(flow: Flow, at_ms: int, profile: Profile, world: World) -> bool:
    """Whether something happened, at an instant or after it, that ends the flow."""
    return bool(
        (Cancel.PURCHASE in flow.cancel and at_ms <= profile.last_purchase_ms)
        or (Cancel.CART in flow.cancel and at_ms <= profile.last_cart_ms)
        or (flow.until and at_ms <= profile.milestones.get(flow.until, 0))
        or (Cancel.CONSENT in flow.cancel and _consented_since(at_ms, profile, world))
        or (Cancel.OPT_OUT in flow.cancel and _withdrawn_since(at_ms, profile, world))
    )


def _withdrawn_since(at_ms: int, profile: Profile, world: World) -> bool:
    if 0 <= profile.withdrawn_ms < at_ms:
        return False  # of nearly all: consent is in the part of a profile that is seldom read
    consent = profile.consent_for(world.programme.purpose)
    return consent is not None and not consent.granted and consent.at_ms >= at_ms


def _consented_since(at_ms: int, profile: Profile, world: World) -> bool:
    consent = profile.consent_for(world.programme.purpose)
    return consent is not None and consent.granted and consent.at_ms >= at_ms


def _start(
    flow: Flow, seen: TriggerSeen, profile: Profile, step: Step, world: World, about: str = ""
) -> None:
    at_ms = seen.at_ms
    due_ms: int | None
    if flow.owed and not profile.has_address:
        # It may follow any moment: a shop tells of an order and of an address in either order.
        due_ms = at_ms + flow.delay_ms + flow.window_ms
    elif flow.delay_ms == 0 and seen.id:
        due_ms = after_quiet_ms(flow, at_ms, profile, step, world)
        if due_ms is None:
            decide_now(flow, seen, at_ms, profile, step, world, about=about)
            return
    else:
        due_ms = at_ms + flow.delay_ms
    _arm(flow, due_ms, at_ms, profile, step, world, about)


def _arm(
    flow: Flow, due_ms: int, at_ms: int, profile: Profile, step: Step, world: World, about: str
) -> None:
    if len(profile.armed) >= bounds.FLOWS:
        forget_unknown(profile, world)
    if step.anonymous and not profile.has_address:
        # Nobody to write to: only remembered, and started for the person they turn out to be.
        noted = profile.armed.get(flow.name)
        latest_ms = max(at_ms, noted.trigger_ms if noted else 0)
        profile.armed[flow.name] = Armed(0, latest_ms, about=about)
        return
    profile.armed[flow.name] = Armed(due_ms, at_ms, about=about)
    step.set_timer(flow.timer, due_ms)


def address_known(profile: Profile, step: Step, world: World) -> None:
    """Have what is owed, and waits for an address, decided as soon as it was meant to be."""
    for name, armed in profile.armed.items():
        flow = world.programme.flows.get(name)
        if flow is not None and flow.owed:
            armed.due_ms = max(step.now_ms, armed.trigger_ms + flow.delay_ms)
            step.set_timer(flow.timer, armed.due_ms)


def end(event: str, at_ms: int, profile: Profile, step: Step, world: World) -> list[Flow]:
    """Stop the flows that wait and that this event ends, unless they were started after it.

    A mail of such a flow that is under way doesn't leave any more, see
    `models.decision.superseding`.

    Returns:
        Those that were stopped: what waited for its turn behind one has it now, see
        `models.waiting.arrive.ended`.
    """
    ended: list[Flow] = []
    flows = world.programme.ended_by.get(event, ())
    supersede(flows, at_ms, profile, step, world)
    for flow in flows:
        armed = profile.armed.get(flow.name)
        if armed is None:
            continue
        planned_ahead = armed.about and armed.trigger_ms > step.now_ms
        if planned_ahead or at_ms >= armed.trigger_ms:
            forget(flow.name, profile, step)
            ended.append(flow)
    return ended


def restart(
    trigger: Trigger,
    at_ms: int,
    before_ms: int,
    profile: Profile,
    step: Step,
    world: World,
    about: str = "",
) -> None:
    """Have flows that wait since `at_ms` wait since `before_ms`: what started them never was.

    One that nothing else had started is stopped. `about` is what was to be told of before.
    """
    for flow in world.programme.started_by.get(trigger, ()):
        armed = profile.armed.get(flow.name)
        if armed is None or armed.trigger_ms != at_ms:
            continue
        if not before_ms or armed.due_ms in (0, at_ms + flow.delay_ms):
            forget(flow.name, profile, step)
        else:
            armed.trigger_ms, armed.about = before_ms, about


def forget(flow_name: str, profile: Profile, step: Step) -> None:
    """Stop a flow that waits."""
    armed = profile.armed.pop(flow_name)
    if armed.due_ms:
        step.cancel_timer(f"flow:{flow_name}")
