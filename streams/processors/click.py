"""A link in a mail was followed: what they like, when they read, and what the mail did."""

from models import habits, messages, outcomes
from models.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import on_event


@on_event("click", name="click")
def click(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Count the click for its mail and its outcome; note the hour and the category."""
    at_ms = habits.here(event, profile, step, world)
    profile.clicks += 1
    profile.last_click_ms = max(profile.last_click_ms, at_ms)
    habits.likes(profile, habits.category_of(event, world.catalog), 2.0, at_ms)
    habits.reads_now(profile, at_ms, world)
    message = messages.find(profile, event["decision_id"])
    if message is not None:
        message.clicks += 1
        message.clicked_ms = max(message.clicked_ms, at_ms)
    pending = outcomes.find(profile, event["decision_id"])
    if pending is not None and at_ms < pending.due_ms:
        pending.clicks += 1
