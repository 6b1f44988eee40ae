"""Where recommendations may come from: each source names products, with how far it stands by each.

What follows from what people did comes first, then what the catalog says, then what is popular: a
product that nobody has looked at is still found by what it is, and a person of whom nothing is
known still gets what everybody likes.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice
from math import sqrt
from typing import Literal, NamedTuple

from models.catalog import Catalog
from models.decay import DAY_MS
from models.recommend.alike import closest
from models.recommend.asked import Asked
from models.recommend.products import Products
from schemas.catalog_entry import PRODUCT, Entry

Label = Literal[
    "sequence", "collaborative", "substitutes", "complements", "content", "category", "popularity"
]
"""Why a product is shown: it followed the last one looked at; visits alike to this one had it, or
people of like taste look at it; it is of the same category, or goes with what was bought; it is
alike; it is popular in a category the person likes; it is popular."""


class Purpose(StrEnum):
    """What a recommendation is for."""

    RECOMMENDED = "recommended"
    SUBSTITUTES = "substitutes"
    COMPLEMENTS = "complements"


class Found(NamedTuple):
    """A product, how far its source stands by it (about 0 to 1; 2 for tastes), and the source."""

    product: str
    weight: float
    label: Label


_LOOKED_UP = 40
_SEEDS = 3
"""Products, the last ones, that others are compared with."""
_CATEGORIES = 3
"""Categories, the most liked ones, whose popular products are named."""
_POPULAR = 30
_ALIKE = 12
"""Products compared of a category: of its new ones, and of its best rated ones."""
_NEW_MS = 30 * DAY_MS
"""So long what came into the catalog is new."""
_LEARNED, _CONTENT, _NEW, _CATEGORY, _POPULARITY = 1.0, 0.2, 0.7, 0.7, 0.45
"""What the best of each source counts, of 1; a product that nothing was learned of by `_NEW`."""


def found(purpose: Purpose, asked: Asked, products: Products, catalog: Catalog) -> Iterator[Found]:
    """All that the sources name for a purpose; a product may be named by several."""
    return _BY_PURPOSE[purpose](asked, products, catalog)


def popular(products: Products, catalog: Catalog) -> Iterator[Found]:
    """What everybody looks at; of a shop that learned nothing yet, nothing."""
    items = products.learned.recommender.items
    leaders = [name for name in items.leaders.names if name in catalog][:_POPULAR]
    most = items.share(leaders[0]) if leaders else 0.0
    for name in leaders:
        yield Found(name, _POPULARITY * items.share(name) / most if most else 0.0, "popularity")


def replaced(asked: Asked, catalog: Catalog) -> str:
    """The category of which substitutes are: that of the last product; empty where none is known.

    What else was looked at, an article say, is nothing to find a substitute for.
    """
    seeds = _entries(reversed(asked.recent), catalog)
    return seeds[0].category if seeds else next(iter(asked.liked), "")


def _recommended(asked: Asked, products: Products, catalog: Catalog) -> Iterator[Found]:
    yield from _next(asked.recent, asked.barred, products)
    seeds = _entries(reversed(asked.recent), catalog)
    yield from _content(seeds, asked.now_ms, products, catalog)
    yield from _liked(asked.liked, products, catalog)
    yield from popular(products, catalog)


def _substitutes(asked: Asked, products: Products, catalog: Catalog) -> Iterator[Found]:
    seeds = _entries(reversed(asked.recent), catalog)
    category = replaced(asked, catalog)
    for name, weight, _ in _next(asked.recent, asked.barred, products):
        entry = catalog.find(name)
        if entry is not None and entry.category == category:
            yield Found(name, weight, "substitutes")
    alike = [entry for entry in seeds if entry.category == category]
    yield from _content(alike, asked.now_ms, products, catalog)
    yield from _liked({category: 1.0}, products, catalog)


def _complements(asked: Asked, products: Products, catalog: Catalog) -> Iterator[Found]:
    weights = products.learned.bought.after(asked.bought)
    most = max(weights.values(), default=0.0)
    for name, weight in weights.items():
        yield Found(name, _LEARNED * weight / most, "complements")
    categories = {entry.category for entry in _entries(asked.bought, catalog)}
    for one in _next(asked.bought, asked.barred, products):
        entry = catalog.find(one.product)
        if entry is not None and entry.category not in categories:
            yield one._replace(weight=0.6 * one.weight)
    others = {name: liking for name, liking in asked.liked.items() if name not in categories}
    yield from _liked(others, products, catalog)
    yield from popular(products, catalog)


_BY_PURPOSE: dict[Purpose, Callable[[Asked, Products, Catalog], Iterator[Found]]] = {
    Purpose.RECOMMENDED: _recommended,
    Purpose.SUBSTITUTES: _substitutes,
    Purpose.COMPLEMENTS: _complements,
}


def _next(events: Sequence[str], barred: Container[str], products: Products) -> Iterator[Found]:
    """What comes next by what was learned, if anything was of these events.

    By the root of its probability: what pleases in a mail differs less than what is looked at next.
    """
    if not events:
        return
    best = [
        one
        for one in products.learned.recommender.after(events, _LOOKED_UP, barred)
        if one.source in ("sequence", "covisit")
    ]
    most = max((one.score for one in best), default=0.0)
    for one in best:
        label: Label = "collaborative" if one.source == "sequence" else "sequence"
        yield Found(one.item, _LEARNED * sqrt(one.score / most), label)


def _entries(names: Iterable[str], catalog: Catalog) -> list[Entry]:
    known = (catalog.find(name) for name in names)
    products = (entry for entry in known if entry is not None and entry.kind == PRODUCT)
    return list(islice(products, _SEEDS))


def _content(
    seeds: Sequence[Entry], now_ms: int, products: Products, catalog: Catalog
) -> Iterator[Found]:
    """What is alike by the catalog, of the same categories: what came new there, and best rated."""
    known = products.learned.recommender.items.known
    for category in dict.fromkeys(entry.category for entry in seeds):
        newest = catalog.new_since(category, now_ms - _NEW_MS, now_ms)
        for name in dict.fromkeys(newest[:_ALIKE] + catalog.shelf(category)[:_ALIKE]):
            entry = catalog.find(name)
            if entry is not None:
                weight = _CONTENT if name in known else _NEW
                yield Found(name, weight * closest(entry, seeds), "content")


def _liked(liked: dict[str, float], products: Products, catalog: Catalog) -> Iterator[Found]:
    """What is popular in the categories liked most, else best rated there."""
    for category, liking in islice(liked.items(), _CATEGORIES):
        names = products.popular.get(category) or catalog.shelf(category)
        for place, name in enumerate(names[:_ALIKE]):
            yield Found(name, _CATEGORY * liking / (1.0 + 0.2 * place), "category")
