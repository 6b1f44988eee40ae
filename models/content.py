"""Which products a mail could show, best first."""

from models.catalog import Catalog
from models.flows import Content
from models.profile import Profile

CONSIDERED = 6
"""How many products are looked at; some may be sold out or bought already."""
SHOWN = 3
"""How many a mail shows."""


def considered(source: Content, profile: Profile, catalog: Catalog) -> tuple[str, list[str]]:
    """The category and the products that a mail of this kind would be about.

    Args:
        source: Where they come from.
        profile: The person.
        catalog: For related products, and for what is none; unknown products stay, unknown
            categories give none.
    """
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
