"""What a click does to a profile, and how it is taken back when it turns out to be a machine's.

A person's click says what they like, when they read and that they are still there. A machine's says
none of that: it is counted apart. Sums are taken back as they were added; what an interest pushed
out of a full profile in between, and a mail decided at once, stay.
"""

from typing import TypeVar

from models import bounds, decay
from models.audience import recent
from models.decision.triggers import restart, start
from models.feedback import machines, outcomes
from models.feedback.corrections import correct
from models.intent import wants
from models.learning import lessons
from models.person import habits, messages, rhythm
from models.person.half_lives import ACTIVITY_HALF_LIFE_MS, CATEGORY_HALF_LIFE_MS
from models.person.past import Followed, Message
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.step import Record, Step
from models.world import World

Name = TypeVar("Name", int, str)

_INTEREST = 2.0
"""How much more a click says of interest in a category than a look at a product."""


def happened(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Count a click for whoever made it, a person or a machine."""
    message = messages.find(profile, event["decision_id"])
    if not machines.by_machine(event, message, profile):
        if message is not None and message.owed:
            # What was owed was no offer: that they looked is a sign of life and nothing else.
            habits.active(event, profile, step, world)
        else:
            _by_person(event, message, profile, step, world)
        return
    at_ms: int = event["occurred_at"]
    scanned = event["machine"] != machines.PREFETCH
    if message is not None and scanned:
        if machines.follows(profile.followed, message, at_ms):
            take_back(message, event, profile, step, world)
        profile.followed = Followed(message.decision, 0, at_ms)
    profile.machine_clicks += 1
    if scanned:
        profile.scanned_ms = max(profile.scanned_ms, at_ms)
    pending = outcomes.find(profile, event["decision_id"])
    if pending is not None and at_ms < pending.due_ms:
        pending.machine_clicks += 1


def accepted(message: Message, event: Record, profile: Profile, step: Step, world: World) -> None:
    """Look again at the last click, now that it is known when its mail was accepted."""
    followed = profile.followed
    if (
        followed is not None
        and followed.times
        and followed.decision == message.decision
        and machines.too_early(followed.at_ms, message, profile)
    ):
        profile.scanned_ms = max(profile.scanned_ms, followed.at_ms)
        take_back(message, event, profile, step, world)


def _by_person(
    event: Record, message: Message | None, profile: Profile, step: Step, world: World
) -> None:
    before_ms = profile.last_click_ms
    at_ms = habits.active(event, profile, step, world)
    category = habits.category_of(event, world.catalog)
    profile.clicks += 1
    profile.last_click_ms = max(before_ms, at_ms)
    recent.note(profile.recent_clicks, at_ms)
    habits.likes(profile, category, _INTEREST, at_ms)
    rhythm.read(profile, at_ms)
    if category:
        topic = bounds.name(category)
        start(Trigger.CLICK, at_ms, event["event_id"], profile, step, world, topic)
    pending = outcomes.find(profile, event["decision_id"])
    counted = pending is not None and at_ms < pending.due_ms
    if pending is not None and counted:
        pending.clicks += 1
    if message is not None:
        message.clicks += 1
        message.clicked_ms = max(message.clicked_ms, at_ms)
        link = machines.link_of(event)
        category = bounds.name(category)
        reading = wants.clicked(event, message, profile, world.catalog)
        followed = Followed(
            message.decision, link, at_ms, 1, before_ms, category, int(counted), int(reading)
        )
        last = profile.followed
        if last is not None and last.times and last.at_ms == before_ms:
            followed.before_category = last.category
        if last is not None and machines.follows(last, message, at_ms):
            followed.times += last.times
            followed.before_ms = last.before_ms
            followed.before_category = last.before_category
            followed.counted += last.counted
            followed.reading += last.reading
        profile.followed = followed


def take_back(message: Message, event: Record, profile: Profile, step: Step, world: World) -> None:
    """Count the clicks noted last, on this mail, as a machine's after all.

    Args:
        event: What shows it; it is about the same mail.
    """
    followed = profile.followed
    if followed is None or not followed.times:
        return
    times, at_ms = followed.times, followed.at_ms
    profile.clicks -= times
    profile.machine_clicks += times
    message.clicks = max(0, message.clicks - times)
    message.clicked_ms = min(message.clicked_ms, followed.before_ms) if message.clicks else 0
    pending = outcomes.find(profile, event["decision_id"])
    if pending is None:
        _correct(followed, event, profile, step)
    elif at_ms < pending.due_ms:
        pending.clicks = max(0, pending.clicks - times)
        pending.machine_clicks += times
    _forget_habits(followed, profile)
    wants.take_back(followed, message, profile)
    if profile.last_click_ms == at_ms:
        profile.last_click_ms = followed.before_ms
    if profile.last_ms == at_ms:
        profile.last_ms = _last_seen_ms(profile)
    # Where it isn't known what the click before was on, no follow-up is better than a wrong one.
    topic = followed.before_category
    before_ms = followed.before_ms if topic else 0
    restart(Trigger.CLICK, at_ms, before_ms, profile, step, world, topic)
    restart(Trigger.ACTIVITY, at_ms, profile.last_ms, profile, step, world)
    profile.followed = Followed(message.decision, 0, at_ms)


def _correct(followed: Followed, event: Record, profile: Profile, step: Step) -> None:
    """Take clicks back that an outcome has left with, there and in the person's model."""
    counted = followed.counted
    if counted:
        told = event["event_id"]
        correct(event["decision_id"], told, step, clicks=-counted, machine_clicks=counted)
        lessons.take_back(followed.decision, counted, profile)


def _forget_habits(followed: Followed, profile: Profile) -> None:
    recent.take_back(profile.recent_clicks, followed.at_ms, followed.times)
    times, at_ms = float(followed.times), followed.at_ms
    profile.activity = decay.lowered(profile.activity, times, at_ms, ACTIVITY_HALF_LIFE_MS)
    rhythm.take_back(profile, at_ms, followed.times)
    liked = times * _INTEREST
    _lower(profile.categories, followed.category, liked, at_ms, CATEGORY_HALF_LIFE_MS)


def _lower(
    levels: dict[Name, float], name: Name, amount: float, at_ms: int, half_life_ms: float
) -> None:
    if name in levels:
        levels[name] = decay.lowered(levels[name], amount, at_ms, half_life_ms)
        if levels[name] <= decay.EMPTY:
            del levels[name]


def _last_seen_ms(profile: Profile) -> int:
    return max(
        profile.last_browse_ms,
        profile.last_cart_ms,
        profile.last_click_ms,
        profile.last_purchase_ms,
        profile.last_search_ms,
        profile.last_wish_ms,
    )
