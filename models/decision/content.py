"""Which products a mail could show, best first, and why each."""

from models.catalog import Catalog
from models.person.profile import Profile
from models.programme.flow_parts import Content
from models.recommend.asked import asked_of
from models.recommend.choose import choose
from models.recommend.sources import Purpose
from models.world import World

CONSIDERED = 6
"""How many products are looked at; some may be sold out or bought already."""
SHOWN = 3
"""How many a mail shows."""

Considered = tuple[str, list[tuple[str, str]]]
"""A category, and products with the reason for each."""

_RECOMMENDED = {
    Content.RECOMMENDED: Purpose.RECOMMENDED,
    Content.SUBSTITUTES: Purpose.SUBSTITUTES,
    Content.COMPLEMENTS: Purpose.COMPLEMENTS,
}


LEARNED = frozenset(_RECOMMENDED)
"""Contents that ask what is learned of products."""


def considered(
    source: Content, subscriber: str, profile: Profile, now_ms: int, world: World, about: str = ""
) -> Considered:
    """The category and the products that a mail of this kind would be about.

    Args:
        source: Where they come from.
        subscriber: The person's key.
        profile: The person.
        now_ms: The time it is, epoch milliseconds.
        world: Of related products, unknown categories give none; elsewhere unknown products stay.
        about: The product or category that the flow is about.
    """
    purpose = _RECOMMENDED.get(source)
    if purpose is not None:
        return _recommended(purpose, subscriber, profile, now_ms, world)
    catalog = world.catalog
    if source in _OF_THE_FLOW:
        category, products = _about(source, about, catalog)
    else:
        category, products = _by_profile(source, profile, catalog)
    return category, [(product, source.value) for product in products]


_OF_THE_FLOW = frozenset({Content.WANTED, Content.TOPIC})


def _about(source: Content, about: str, catalog: Catalog) -> tuple[str, list[str]]:
    """What a flow is about: one product, or a category."""
    if source is Content.WANTED:
        record = catalog.find(about)
        return (record.category if record is not None else ""), [about] if about else []
    return about, list(catalog.shelf(about)[:CONSIDERED]) if about else []


def _by_profile(source: Content, profile: Profile, catalog: Catalog) -> tuple[str, list[str]]:
    if source is Content.CART:
        newest = sorted(profile.cart, key=lambda item: (-item.at_ms, item.product_id))
        return "", [item.product_id for item in newest[:CONSIDERED]]
    if source is Content.VIEWED:
        # Articles are looked at as products are, and nothing to buy.
        viewed = {p: at_ms for p, at_ms in profile.viewed.items() if catalog.may_be_product(p)}
        newest_seen = sorted(viewed, key=lambda product_id: (-viewed[product_id], product_id))
        return _favourite(profile), newest_seen[:CONSIDERED]
    if source is Content.RELATED:
        return _related(profile, catalog)
    return "", []


def _recommended(
    purpose: Purpose, subscriber: str, profile: Profile, now_ms: int, world: World
) -> Considered:
    programme = world.programme
    wishes = programme.preferences
    asked = asked_of(profile, now_ms, programme.recently_bought_ms, wishes.mailed_ms)
    if world.recommend is not None:
        found = world.recommend(purpose, subscriber, asked)
    else:
        found = choose(purpose, asked, world.products, world.catalog, wishes, SHOWN)
    products = [(one.product, str(one.label)) for one in found[:SHOWN]]
    hero = world.catalog.find(products[0][0]) if products else None
    return hero.category if hero is not None else _favourite(profile), products


def _ranked(profile: Profile) -> list[str]:
    return sorted(profile.categories, key=lambda name: (-profile.categories[name], name))


def _favourite(profile: Profile) -> str:
    ranked = _ranked(profile)
    return ranked[0] if ranked else ""


def _related(profile: Profile, catalog: Catalog) -> tuple[str, list[str]]:
    products: list[str] = []
    for category in _ranked(profile)[:3]:
        products.extend(catalog.shelf(category)[: CONSIDERED - len(products)])
        if len(products) >= CONSIDERED:
            break
    return _favourite(profile), products
