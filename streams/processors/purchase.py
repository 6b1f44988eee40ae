"""An order: it clears the cart, ends what waited for it, and is what outcomes are made of."""

from models import bounds, decay
from models.decision import owed, triggers
from models.digests import digest
from models.feedback import outcomes, refunds
from models.intent import samples
from models.person import cart, habits
from models.person.half_lives import REVENUE_HALF_LIFE_MS
from models.person.memory import Order
from models.person.profile import Profile
from models.programme.flow_events import Cancel, Trigger
from models.replenishment import reorders
from models.step import Record, Step
from models.waiting import arrive, notice
from models.world import World
from streams.registry import on_event


@on_event("purchase", name="purchase")
def purchase(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Count the order, note what was bought, and let waiting reminders end."""
    at_ms = habits.here(event, profile, step, world)
    total = bounds.money(event["total"])
    samples.ordered(profile, at_ms, total)
    samples.plan(profile, step)
    profile.purchases += 1
    profile.last_purchase_ms = max(profile.last_purchase_ms, at_ms)
    profile.revenue = bounds.money(profile.revenue + total)
    profile.revenue_level = decay.raised(profile.revenue_level, total, at_ms, REVENUE_HALF_LIFE_MS)
    for item in event["items"][: bounds.BOUGHT]:
        product_id = item["product_id"]
        record = world.catalog.find(product_id)
        category = item["category"] or (record.category if record else None)
        habits.likes(profile, category, 5.0, at_ms)
        habits.looks_at_price(profile, item["price"])
        reorders.bought(product_id, at_ms, profile.bought.get(product_id, 0), profile)
        habits.note_seen(profile.bought, product_id, at_ms, bounds.BOUGHT)
        notice.no_longer(product_id, at_ms, profile, step)
    notice.loves(at_ms, profile, step, world)
    cart.bought(profile, at_ms)
    discount = bounds.money(event["discount"])
    offer = world.programme.offers.get(event["offer"] or "")
    if offer is not None:
        most = offer.discount_percent / 100.0 * (total + discount)
        step.discount = (min(discount, most), min(at_ms, step.now_ms))
        if offer.codes and event["code"]:
            step.emit("redemption", {"offer": offer.name, "code": event["code"], "at": at_ms})
    counted = outcomes.purchased(profile, at_ms, total, discount, world.policy)
    order = Order(digest(event["order_id"]), at_ms, total, discount or 0)
    refunds.ordered(order, counted, event["event_id"], profile, step, world.policy)
    ended = triggers.end(Cancel.PURCHASE, at_ms, profile, step, world)
    told, confirmed = event["event_id"], owed.order_of(event, world.programme)
    triggers.start(Trigger.PURCHASE, at_ms, told, profile, step, world, owed=confirmed)
    reorders.plan(profile, step, world)
    arrive.ended(ended, profile, step, world)
