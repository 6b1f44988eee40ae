"""A link in a mail was followed: what they like, when they read, and what the mail did."""

from models.feedback import clicks
from models.person.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import on_event


@on_event("click", name="click")
def click(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Count the click for its mail and its outcome, note hour and category; not a machine's."""
    clicks.happened(event, profile, step, world)
