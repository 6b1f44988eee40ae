"""Mails under way whose reason has gone: noted in the contact, which senders read last of all.

What ends a flow that waits ends its mail too, as long as that hasn't left: whoever buys while a
cart reminder waits for its turn doesn't get it. Few people have a mail under way at any moment, so
whether a record is one that needs the contact record is asked before it is loaded (`may_end`).
"""

from collections.abc import Iterable

from models.decay import DAY_MS
from models.person.profile import Profile
from models.programme.flow_events import Cancel, by_milestone
from models.programme.flows import Flow
from models.step import Record, Step
from models.world import World

ENDING = frozenset({"purchase", "cart", "milestone", "identify"})
"""Records that can end a mail under way and don't have the contact loaded in any case."""
_FORMER_MS = 7 * DAY_MS
"""How long mails of a flow may be under way that the programme doesn't know any more."""
_ENDS: dict[str, tuple[str, ...]] = {
    "purchase": (Cancel.PURCHASE,),
    "cart": (Cancel.CART, Cancel.CART_EMPTIED),
}


def may_end(name: str, event: Record, profile: Profile, now_ms: int, world: World) -> bool:
    """Whether a record may end a flow of which a mail is under way.

    Args:
        name: The record's: `purchase`, `cart` …
        event: The record.
        profile: The person, before it is applied.
        now_ms: The time it is, epoch milliseconds.
        world: The programme.
    """
    if name == "identify":
        flows = _ended_by_what_people_do(profile, world)
    elif name == "milestone":
        flows = world.programme.ended_by.get(by_milestone(event["name"]), ())
    else:
        ended_by = world.programme.ended_by
        flows = tuple(flow for end in _ENDS.get(name, ()) for flow in ended_by.get(end, ()))
    return bool(flows) and bool(_under_way(flows, event["occurred_at"], profile, now_ms))


def supersede(
    flows: Iterable[Flow], at_ms: int, profile: Profile, step: Step, world: World
) -> None:
    """Have mails of these flows that are under way not leave any more.

    Args:
        flows: Flows that an event ends.
        at_ms: When it happened, epoch milliseconds: what was started after it goes on.
        profile: The person.
        step: Takes the contact; without one there is no mail, or it goes nowhere.
        world: The programme.
    """
    if step.contact is None:
        return
    decided = _under_way(flows, at_ms, profile, step.now_ms)
    if not decided:
        return
    known: dict[str, int] = step.contact["cancelled"]
    kept = {name: ms for name, ms in known.items() if step.now_ms < ms + _lasts_ms(name, world)}
    cancelled = {**kept, **{name: max(ms, kept.get(name, 0)) for name, ms in decided.items()}}
    if cancelled != known:
        step.put_contact({**step.contact, "cancelled": cancelled})


def hand_over(profile: Profile, step: Step, world: World) -> None:
    """Have nothing leave for an anonymous person what they do as somebody else would end.

    From now on that is told of the subscriber, and no more under this name.
    """
    supersede(_ended_by_what_people_do(profile, world), step.now_ms, profile, step, world)


def _lasts_ms(flow_name: str, world: World) -> int:
    """How long after it was decided a flow's mail may still be under way."""
    flow = world.programme.flows.get(flow_name)
    return flow.expires_ms if flow is not None else _FORMER_MS


def _ended_by_what_people_do(profile: Profile, world: World) -> tuple[Flow, ...]:
    known = world.programme.flows
    flows = (known[name] for name in profile.flows if name in known)
    return tuple(flow for flow in flows if flow.ends_by - {Cancel.OPT_OUT})


def _under_way(flows: Iterable[Flow], at_ms: int, profile: Profile, now_ms: int) -> dict[str, int]:
    """Flows with a mail under way that was started by then, each with when its last was decided."""
    recent = {flow.name for flow in flows if _may_be_under_way(flow, at_ms, profile, now_ms)}
    decided: dict[str, int] = {}
    if recent:
        for mail in profile.messages:
            if mail.flow in recent and mail.status == "" and now_ms < mail.expires_ms:
                decided[mail.flow] = max(mail.sent_ms, decided.get(mail.flow, 0))
    return decided


def _may_be_under_way(flow: Flow, at_ms: int, profile: Profile, now_ms: int) -> bool:
    """By what of a profile is at hand: the mails are in a part that is costly to open."""
    started_ms = profile.flows.get(flow.name)
    if started_ms is None or started_ms > at_ms:
        return False
    longest_ms = flow.delay_ms + flow.window_ms + flow.wait_ms + flow.expires_ms + DAY_MS
    return now_ms < started_ms + longest_ms
