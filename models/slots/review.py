"""Proof: what a customer said of a product that the mail shows or the person looked at."""

from collections.abc import Iterable, Sequence

from models.catalog import Catalog
from models.person.profile import Profile

GOOD_RATING = 4.0
"""A review that gave less speaks for nothing; one that gave none may say anything."""


def review_for(shown: Sequence[str], profile: Profile, catalog: Catalog) -> str:
    """The id of the best review of the first product that has a good one; empty for none.

    Args:
        shown: Products that the mail may show, the hero first.
        profile: The person, for what they looked at.
        catalog: The reviews. Products that can't be bought are passed over.
    """
    for product_id in dict.fromkeys([*shown, *_viewed(profile)]):
        product = catalog.find(product_id)
        if product is None or not product.sold:
            continue
        best = catalog.find(next(iter(catalog.reviews_of(product_id)), None))
        if best is not None and (best.rating or 0.0) >= GOOD_RATING:
            return best.product_id
    return ""


def _viewed(profile: Profile) -> Iterable[str]:
    return sorted(profile.viewed, key=lambda product: (-profile.viewed[product], product))
