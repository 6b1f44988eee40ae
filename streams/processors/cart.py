"""The cart: what lies in it, and a cart flow's clock."""

from models import bounds
from models.audience import recent
from models.decision import triggers
from models.person import cart, habits
from models.person.profile import Profile
from models.programme.flow_events import Cancel, Trigger
from models.programme.flows import Flow
from models.step import Record, Step
from models.waiting import arrive, notice
from models.world import World
from streams.registry import on_event


@on_event("cart", name="cart")
def cart_step(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Put in, take out, or note that checkout began; older than the last purchase, only count."""
    at_ms = habits.here(event, profile, step, world)
    profile.carts += 1
    recent.note(profile.recent_carts, at_ms)
    profile.last_cart_ms = max(profile.last_cart_ms, at_ms)
    category = habits.category_of(event, world.catalog)
    if event["action"] != "remove":
        habits.likes(profile, category, 3.0, at_ms)
    ended = triggers.end(Cancel.CART, at_ms, profile, step, world)
    if at_ms > profile.last_purchase_ms:
        ended += _changed(event, at_ms, profile, step, world)
    if ended:
        arrive.ended(ended, profile, step, world)


def _changed(event: Record, at_ms: int, profile: Profile, step: Step, world: World) -> list[Flow]:
    """Apply what was done to the cart; gives the flows that this ended."""
    product_id, quantity = event["product_id"], event["quantity"]
    if event["action"] == "checkout_started":
        profile.checkout_ms = max(profile.checkout_ms, at_ms)
        profile.cart_updated_ms = max(profile.cart_updated_ms, at_ms)
    elif bounds.known_id(product_id):
        if event["action"] == "add":
            price = bounds.money(habits.price_of(event, world.catalog))
            cart.add(profile, product_id, quantity, price, at_ms)
            notice.wanted(product_id, at_ms, profile, step, world)
        else:
            cart.remove(profile, product_id, quantity, at_ms)
    if not profile.cart:
        return triggers.end(Cancel.CART_EMPTIED, at_ms, profile, step, world)
    if event["action"] != "remove":
        triggers.start(Trigger.CART, at_ms, event["event_id"], profile, step, world)
    return []
