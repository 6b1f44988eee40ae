"""When a flow's time has come: it decides, waits on for a better hour, or does nothing."""

from models import bounds, localtime
from models.decision.decide import decide, seed_of
from models.decision.look import look
from models.decision.moment import TriggerSeen, offer_seen
from models.feedback import outcomes
from models.intent import samples
from models.intent.asked import Asked
from models.person import choices, mailed
from models.person.messages import ID_CHARACTERS, note_of, remember
from models.person.past import Message
from models.person.profile import Armed, Profile
from models.programme.flow_parts import Content
from models.programme.flows import Flow
from models.step import Step
from models.world import World


def fire(timer_name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """What the timer of a flow does when it falls due: decide, set itself again, or nothing."""
    name = timer_name.partition(":")[2]
    armed = profile.armed.get(name)
    flow = world.programme.flows.get(name)
    if armed is None:
        return
    if flow is None or profile.identified_as or (flow.needs_cart and not profile.cart):
        del profile.armed[name]
        return
    wanted_ms = armed.trigger_ms + flow.delay_ms
    if wanted_ms > due_ms:
        armed.episode = ""  # what happened since asks anew; the wait has an outcome of its own
    fired_ms, due_ms = due_ms, max(wanted_ms, armed.due_ms, due_ms)
    # Started again, or moved, since. Where that time has passed too it is as if it fired then,
    # unless something else of the person's has its turn before.
    moved = due_ms > fired_ms and not _next_is(name, due_ms, profile)
    if due_ms > step.now_ms or moved:
        again_ms: int | None = due_ms
    else:
        again_ms = after_quiet_ms(flow, wanted_ms, profile, step, world)
    if again_ms is not None:
        armed.due_ms = again_ms
        step.set_timer(timer_name, again_ms)
        return
    del profile.armed[name]
    seen = TriggerSeen("timer", timer_name, due_ms)
    decide_now(flow, seen, wanted_ms, profile, step, world, armed.episode, armed.about)


def _next_is(name: str, due_ms: int, profile: Profile) -> bool:
    """Whether nothing else that waits of this person falls due before this flow does."""
    others = [a.due_ms for n, a in profile.armed.items() if n != name and a.due_ms]
    others += [pending.due_ms for pending in profile.pending]
    return due_ms < min(others, default=due_ms + 1)


def after_quiet_ms(
    flow: Flow, wanted_ms: int, profile: Profile, step: Step, world: World
) -> int | None:
    """When to try again because it is quiet now; None to decide now.

    None also where the quiet hours end after the flow's window: that is decided, and held, now.
    """
    if flow.quiet is None:
        return None
    time_zone = localtime.usable(profile.time_zone, world.programme.time_zone)
    if not flow.quiet.covers(localtime.local_minute(step.now_ms, time_zone)):
        return None
    ends_ms = localtime.next_at(step.now_ms, time_zone, flow.quiet.end)
    return ends_ms if ends_ms <= wanted_ms + flow.window_ms else None


def decide_now(
    flow: Flow,
    trigger: TriggerSeen,
    wanted_ms: int,
    profile: Profile,
    step: Step,
    world: World,
    episode: str = "",
    about: str = "",
) -> None:
    """Look, choose, and do what was chosen: emit the decision, and wait on or await its outcome.

    Args:
        flow: The flow.
        trigger: What it is decided by.
        wanted_ms: When it was to be decided, epoch milliseconds.
        profile: The person.
        step: Takes timers and decisions.
        world: What steps may read.
        episode: The decision that put this one off; empty for none.
        about: The product or category that the flow is about; empty for none.
    """
    step.ask = Asked(profile, step.now_ms, world.intent, world.catalog).intent
    moment = look(
        flow,
        trigger,
        wanted_ms,
        step.subscriber,
        profile,
        step.now_ms,
        world,
        episode,
        offers_spent=step.offers_spent,
        codes=step.codes,
        about=about,
        ask=step.ask,
    )
    decision = (world.decide or decide)(moment, seed_of(moment))
    untaught = flow.owed or choices.teaches_nothing(profile)
    if moment.facts.features and not profile.impersonal:  # else nothing was looked at
        profile.cluster = moment.facts.cluster
    step.emit("decision", decision)
    samples.plan(profile, step)
    if decision["action"] == "wait":
        # The rest is chosen then; until then it waits like any flow, and ends like one.
        until_ms = decision["wait_until"]
        asked_ms = wanted_ms - flow.delay_ms
        profile.armed[flow.name] = Armed(until_ms, asked_ms, decision["decision_id"], about)
        step.set_timer(flow.timer, until_ms)
        outcomes.await_outcome(
            decision, profile, step, world, moment.facts.features, untaught=untaught
        )
        return
    if len(profile.flows) >= bounds.FLOWS and flow.name not in profile.flows:
        forget_unknown(profile, world)
    profile.flows[flow.name] = max(wanted_ms - flow.delay_ms, profile.flows.get(flow.name, 0))
    outcomes.await_outcome(decision, profile, step, world, moment.facts.features, untaught=untaught)
    if decision["action"] == "send":
        offer = offer_seen(moment.facts, decision["offer"])
        if offer.code and step.codes is not None:
            place = (offer.code_expires_ms, offer.code)
            step.codes.reserve(offer.offer, place, decision["decision_id"], step.now_ms)
        mailed.remember(profile, decision)
        remember(
            profile,
            Message(
                decision["decision_id"][:ID_CHARACTERS],
                decision["arm"],
                flow.name,
                decision["decided_at"],
                decision["expires_at"],
                about=about if flow.content is Content.WANTED else "",
                article=decision["content"].get("article", ""),
                owed=flow.owed,
            ),
        )
        note_of(flow, decision["decided_at"], profile)


def forget_unknown(profile: Profile, world: World) -> None:
    """Make room for flows: those that the programme doesn't know any more go."""
    profile.armed = {n: a for n, a in profile.armed.items() if n in world.programme.flows}
    profile.flows = {n: at for n, at in profile.flows.items() if n in world.programme.flows}
