"""What people of like taste look at, in the categories that a person likes."""

from collections.abc import Iterator
from itertools import islice

from models.catalog import Catalog
from models.recommend.asked import Asked
from models.recommend.sources import Found, Purpose, replaced
from models.recommend.tastes.tastes import Leaning, Tastes

_WEIGHT = 2.0
"""What the best one counts, against 1 of the best that follows in a visit. Of products looked at in
the same visits tastes know more than what came next after so few views."""
_ASSUMED = 1.0
"""Views of somebody else, assumed beside the person's own, for how they spread over categories."""
_CATEGORIES = 4
_EACH = 12
"""Products of a category that are named."""


def tasted(
    purpose: Purpose, asked: Asked, tastes: Tastes, leaning: Leaning, catalog: Catalog
) -> Iterator[Found]:
    """Name what the person looks at next most likely; not yet weighed by its lift.

    Args:
        purpose: What for.
        asked: The person's side of it.
        tastes: Of all products.
        leaning: The person's.
        catalog: Says what the products looked at and bought are.
    """
    named = [
        (name, chance * share, lift)
        for category, chance in _categories(purpose, asked, tastes, catalog)
        for name, share, lift in leaning.best(category, asked.barred, _EACH)
    ]
    most = max((usual * lift for _, usual, lift in named), default=0.0)
    for name, usual, _ in named:
        yield Found(name, _WEIGHT * usual / most, "collaborative")


def _categories(
    purpose: Purpose, asked: Asked, tastes: Tastes, catalog: Catalog
) -> list[tuple[str, float]]:
    """The categories to name products of, and how likely the person looks at each."""
    if purpose is Purpose.SUBSTITUTES:
        return [(replaced(asked, catalog), 1.0)]
    left_out = set()
    if purpose is Purpose.COMPLEMENTS:
        left_out = {catalog[name].category for name in asked.bought if name in catalog}
    liked = ((name, level) for name, level in asked.liked.items() if name not in left_out)
    scale = asked.known / max(sum(asked.liked.values()), 1e-9)
    return [
        (
            name,
            (scale * level + _ASSUMED * tastes.chances.get(name, 0.0)) / (asked.known + _ASSUMED),
        )
        for name, level in islice(liked, _CATEGORIES)
    ]
