"""Browsing: what the person looked at, and a browse flow's clock.

The hot path: most events are browses. It costs no more than a few dict look-ups and sums.
"""

from models import bounds
from models.audience import recent
from models.decision import triggers
from models.person import habits
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.step import Record, Step
from models.waiting import notice
from models.world import World
from streams.registry import on_event


@on_event("browse", name="browse")
def browse(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Note the product, its category and price, and who waits for it; start browsing's flows."""
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
    product_id = event["product_id"]
    again = product_id in profile.viewed
    habits.note_seen(profile.viewed, product_id, at_ms, bounds.VIEWED)
    notice.looked(product_id, at_ms, profile, step, world, again=again)
    triggers.start(Trigger.BROWSE, at_ms, event["event_id"], profile, step, world)
