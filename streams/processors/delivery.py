"""What became of a mail: for caps, for suppression, and for what its outcome can teach."""

from models.decision.triggers import reachable
from models.feedback import clicks, outcomes
from models.feedback.corrections import correct
from models.offers.code import Ending
from models.person import contact, engagement, messages
from models.person.past import Message, Pending
from models.person.profile import Profile
from models.step import Record, Step
from models.waiting import arrive
from models.world import World
from streams.registry import on_event

_SUPPRESSING = frozenset({"complained", "suppressed"})


@on_event("delivery", name="delivery", contact=True)
def delivery(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Note the status; a hard bounce rules out further mail, a complaint marketing.

    Who could not be told that a product is back, or costs less, since by then it was true no more,
    waits for it again.
    """
    status: str = event["status"]
    at_ms: int = event["occurred_at"]
    message = messages.find(profile, event["decision_id"])
    pending = outcomes.find(profile, event["decision_id"])
    if step.codes is not None and (ending := Ending.of(event)) is not None:
        step.codes.ended(ending)
    was_accepted = message is not None and message.status == "accepted"
    news = message is None or messages.became(message, status, at_ms)
    if message is not None and news and status == "accepted":
        _accepted(message, event, profile, step, world)
    if pending is not None and event["instead"]:
        outcomes.reworded(pending, event["instead"])
    if pending is not None and status in messages.DELIVERED:
        # By the mail's standing, not this event's: a bounce can overtake the acceptance.
        pending.accepted = (message.status if message is not None else status) != "bounced"
    if message is not None and news and status in messages.FAILED:
        _never_arrived(message, event, profile, step, world)
    if message is not None and was_accepted and status == messages.BOUNCED:
        _came_back(message, profile)
    if suppressed := _suppressed_by(event):
        _suppress(suppressed, message, at_ms, profile)
    if status == "complained":
        _complained(pending, event, profile, step, world, news=news)
        contact.complained(event, profile, step, world)


def _accepted(message: Message, event: Record, profile: Profile, step: Step, world: World) -> None:
    if not message.owed:
        profile.accepted += 1
        engagement.mailed(profile, event["occurred_at"])
    clicks.accepted(message, event, profile, step, world)


def _came_back(message: Message, profile: Profile) -> None:
    """Count a mail that was accepted and bounced later as one that nobody got."""
    if not message.owed:
        profile.accepted = max(0, profile.accepted - 1)
        engagement.take_back(profile)


def _suppressed_by(event: Record) -> str:
    """Why no more mail goes to the address, as the event tells; empty where it doesn't say so.

    A dead mailbox is one whether its server says so at once, to the sender, or in a bounce. A soft
    bounce passes.
    """
    status: str = event["status"]
    if event["bounce"] == "hard" or (status == messages.BOUNCED and event["bounce"] != "soft"):
        return messages.BOUNCED
    return status if status in _SUPPRESSING else ""


def _suppress(why: str, message: Message | None, at_ms: int, profile: Profile) -> None:
    """Rule mail out; not by a bounce of an address that they left."""
    past = profile.past()
    if why == messages.BOUNCED:
        if message is not None and message.sent_ms < past.moved_ms:
            return
        past.bounced_ms = max(past.bounced_ms, at_ms)
    if profile.suppressed != "complained":
        profile.suppressed = why
        profile.suppressed_ms = max(profile.suppressed_ms, at_ms)


def _never_arrived(
    message: Message, event: Record, profile: Profile, step: Step, world: World
) -> None:
    """Count the mail for no cap; what it was to tell of, if untrue by now, is waited for again."""
    messages.take_back_of(message, profile)
    flow = world.programme.flows.get(message.flow)
    if flow is not None and message.about and event["status"] in messages.GONE_AGAIN:
        at_ms = event["occurred_at"]
        arrive.again(flow.trigger, message.about, at_ms, profile, step, world)
        if reachable(profile, world):
            arrive.catch_up(profile, step, world)  # it may be there again: no change tells of that


def _complained(
    pending: Pending | None,
    event: Record,
    profile: Profile,
    step: Step,
    world: World,
    *,
    news: bool,
) -> None:
    for waiting in outcomes.within(profile, event["occurred_at"]):
        waiting.complained = True
    if pending is not None:
        pending.complained = True  # it is about this mail, whenever it comes
    elif news:
        cost = -world.policy.complaint_cost
        told, decision = event["event_id"], event["decision_id"]
        correct(decision, told, step, complained=True, accepted=True, reward=cost)
