"""Browsing: what the person looked at, and a browse flow's clock.

The hot path: most events are browses. It costs no more than a few dict look-ups and sums.
"""

from models import bounds, habits, triggers
from models.audience import recent
from models.flows import Trigger
from models.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import on_event


@on_event("browse", name="browse")
def browse(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Note the product, its category and price; start the flows that browsing starts."""
    at_ms = habits.here(event, profile, step, world)
    profile.browses += 1
    recent.note(profile.recent_browses, at_ms)
    category = habits.category_of(event, world.catalog)
    if at_ms >= profile.last_browse_ms:
        profile.last_browse_ms = at_ms
        if category and category != profile.last_category:
            profile.last_category = bounds.name(category)
    habits.likes(profile, category, 1.0, at_ms)
    habits.looks_at_price(profile, habits.price_of(event, world.catalog))
    habits.note_seen(profile.viewed, event["product_id"], at_ms, bounds.VIEWED)
    triggers.start(Trigger.BROWSE, at_ms, event["event_id"], profile, step, world)
