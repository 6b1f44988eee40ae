"""A wish list changed, or someone asked to be told of a product."""

from models.person import habits
from models.person.profile import Profile
from models.step import Record, Step
from models.waiting import notice
from models.world import World
from streams.registry import on_event

_INTEREST = 3.0
"""As much as a product in the cart says of interest in its category."""


@on_event("wish", name="wish")
def wish(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Note what is wanted, its price and category; what is wished for no more isn't waited for."""
    at_ms = habits.here(event, profile, step, world)
    profile.last_wish_ms = max(profile.last_wish_ms, at_ms)
    product_id, action = event["product_id"], event["action"]
    if action == "remove":
        notice.no_longer(product_id, at_ms, profile, step)
        return
    habits.looks_at_price(profile, event["price"])
    record = world.catalog.find(product_id)
    habits.likes(profile, record.category if record else None, _INTEREST, at_ms)
    if action == "add":
        notice.wanted(product_id, at_ms, profile, step, world)
    else:
        notice.asked_to_be_notified(product_id, at_ms, profile, step, world)
    notice.loves(at_ms, profile, step, world)
