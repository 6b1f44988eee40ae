"""A search of the shop: a sign of life, and of interest in a category."""

from models.audience import recent
from models.person import habits
from models.person.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import on_event


@on_event("search", name="search")
def search(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Note the search and its category; the words themselves are not kept."""
    at_ms = habits.here(event, profile, step, world)
    profile.searches += 1
    recent.note(profile.recent_searches, at_ms)
    profile.last_search_ms = max(profile.last_search_ms, at_ms)
    habits.likes(profile, event["category"], 1.0, at_ms)
