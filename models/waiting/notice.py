"""Who begins to wait, told by what people do; the catalog as it is at that moment decides."""

from models import bounds
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.step import Step
from models.waiting import waits
from models.waiting.wait import Wait
from models.world import World
from schemas.catalog_entry import PRODUCT, Entry


def looked(
    product_id: str | None, at_ms: int, profile: Profile, step: Step, world: World, *, again: bool
) -> None:
    """Note a look at a product: what is sold out is waited for, what is looked at again wanted.

    The hot path: but for these two it is one look-up.
    """
    record = world.catalog.find(product_id)
    if record is not None and (again or record.stock <= 0):
        _wants(record, at_ms, profile, step, world, wanted=again)


def wanted(product_id: str | None, at_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Note that a product was put into the cart or wished for."""
    record = world.catalog.find(product_id)
    if record is not None:
        _wants(record, at_ms, profile, step, world, wanted=True)


def asked_to_be_notified(
    product_id: str, at_ms: int, profile: Profile, step: Step, world: World
) -> None:
    """Note that someone wants to hear of a product: that it is there again.

    Where it isn't sold out, they hear when it costs less.
    """
    record = world.catalog.find(product_id)
    if record is not None:
        _wants(record, at_ms, profile, step, world, wanted=record.stock > 0)


def _wants(
    record: Entry, at_ms: int, profile: Profile, step: Step, world: World, *, wanted: bool
) -> None:
    product_id = record.product_id
    if record.kind != PRODUCT:
        return  # nothing to buy
    if at_ms <= profile.last_purchase_ms and at_ms <= profile.bought.get(product_id, 0):
        return  # the event was overtaken by the order
    if record.stock <= 0:
        wait = Wait.of(Trigger.BACK_IN_STOCK, product_id, at_ms)
        waits.begin(wait, profile, step, world)
    if wanted:
        price = bounds.money(record.price)
        wait = Wait.of(Trigger.PRICE_DROP, product_id, at_ms, price)
        waits.begin(wait, profile, step, world)


def no_longer(product_id: str, at_ms: int, profile: Profile, step: Step) -> None:
    """Note that a product was bought, or is wished for no more: nothing is waited for about it."""
    for wait in list(profile.waits):
        about_it = wait.about == product_id and wait.kind is not Trigger.NEW_ARRIVAL
        if about_it and wait.since_ms <= at_ms:
            waits.end(wait, profile, step)


def loves(at_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Wait for what is new in the categories that the person likes most, and in no others.

    Ranking them costs more than most events may: this is for orders and wishes, and for decisions.
    """
    kind = Trigger.NEW_ARRIVAL
    if kind not in world.programme.started_by:
        return
    levels = profile.categories
    ranked = sorted(levels, key=lambda name: (-levels[name], name))
    loved = [name for name in ranked if world.catalog.shelf(name)][: bounds.LOVED]
    for wait in list(profile.waits):
        if wait.kind is kind and wait.about not in loved:
            waits.end(wait, profile, step)
    for category in loved:
        waits.begin(Wait.of(kind, category, at_ms), profile, step, world)
