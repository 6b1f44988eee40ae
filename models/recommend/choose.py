"""Choosing what to recommend: what the sources name, less what can't be shown, diverse and boosted.

A pure function of profile, what was learned, catalog and settings, asked when a decision is made.

Source: J. Carbonell, J. Goldstein, "The use of MMR, diversity-based reranking for reordering
documents and producing summaries", SIGIR 1998 (choosing one by one, each less for what is there).
"""

from collections import Counter
from collections.abc import Iterable
from itertools import chain

from models.catalog import Catalog
from models.recommend import sources
from models.recommend.asked import Asked
from models.recommend.preferences import Preferences
from models.recommend.products import Products
from models.recommend.sources import Found, Purpose
from models.recommend.tastes.tasted import tasted
from models.recommend.tastes.tastes import Leaning
from schemas.catalog_entry import PRODUCT, Entry

_CLOSE = 8
"""So many times more than are wanted are looked at one by one."""
_LIKING = 0.8
"""How far a product's weight follows the liking of its category: the last visit says less of what
pleases next week than what was looked at over months."""


def choose(
    purpose: Purpose,
    asked: Asked,
    products: Products,
    catalog: Catalog,
    preferences: Preferences,
    count: int,
) -> list[Found]:
    """Choose products to recommend to a person, the best first.

    Args:
        purpose: What for.
        asked: The person's side of it.
        products: What was learned.
        catalog: What there is; what it doesn't know isn't recommended.
        preferences: The shop's wishes.
        count: How many at most; fewer where fewer can be shown.
    """
    named = sources.found(purpose, asked, products, catalog)
    leaning = products.tastes.leaning(asked.recent)
    if leaning is not None:
        named = chain(named, tasted(purpose, asked, products.tastes, leaning, catalog))
    return chosen(named, asked, catalog, preferences, count, leaning)


def chosen(
    named: Iterable[Found],
    asked: Asked,
    catalog: Catalog,
    preferences: Preferences,
    count: int,
    leaning: Leaning | None = None,
) -> list[Found]:
    """Choose among what was named, weighed by what the person leans to; see `choose`."""
    best: dict[str, Found] = {}
    sums: dict[str, float] = {}
    entries: dict[str, Entry] = {}
    for one in named:
        name = one.product
        entry = entries.get(name) or catalog.find(name)
        if entry is None or name in asked.barred or not _shown(entry, asked.now_ms):
            continue
        entries[name] = entry
        sums[name] = sums.get(name, 0.0) + one.weight  # each source that names it speaks for it
        if name not in best or one.weight > best[name].weight:
            best[name] = one
    boost = preferences.boost if preferences.boosts else _unboosted
    lifts = leaning.lifts(sums) if leaning is not None else {}
    weighed = {
        name: weight * lifts.get(name, 1.0) * boost(entries[name]) * _liking(entries[name], asked)
        for name, weight in sums.items()
    }
    return [best[name] for name in _diverse(weighed, entries, preferences, count)]


def _shown(entry: Entry, now_ms: int) -> bool:
    """Whether it is a product that can be bought now."""
    return entry.kind == PRODUCT and entry.stock > 0 and (entry.since or 0) <= now_ms


def _unboosted(_: Entry) -> float:
    return 1.0


def _liking(entry: Entry, asked: Asked) -> float:
    if not asked.liked:
        return 1.0
    return 1.0 - _LIKING + _LIKING * asked.liked.get(entry.category, 0.0)


def _diverse(
    weighed: dict[str, float], entries: dict[str, Entry], preferences: Preferences, count: int
) -> list[str]:
    """Take one by one what counts most, less for each of its kind that is taken.

    Where the limits of category or brand leave too few, the rest follows by weight: a mail to
    somebody of one interest is better full of it than empty.
    """
    left = sorted(weighed, key=lambda name: (-weighed[name], name))[: _CLOSE * count]
    taken: list[str] = []
    categories: Counter[str] = Counter()
    brands: Counter[str] = Counter()

    def counts(name: str) -> float:
        entry = entries[name]
        there = max(categories[entry.category], brands[entry.brand or ""])
        return weighed[name] * (1.0 - preferences.diversity) ** there

    def fits(name: str) -> bool:
        entry = entries[name]
        return (
            categories[entry.category] < preferences.per_category
            and brands[entry.brand or ""] < preferences.per_brand
        )

    while left and len(taken) < count:
        open_ = [name for name in left if fits(name)]
        if not open_:
            break
        best = max(open_, key=counts)
        taken.append(best)
        left.remove(best)
        categories[entries[best].category] += 1
        if brand := entries[best].brand:
            brands[brand] += 1
    return taken + left[: count - len(taken)]
