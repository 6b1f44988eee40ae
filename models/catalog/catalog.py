"""The catalog as decisions read it: by product, and by category with the best first.

It follows the topic's order, so that whoever reads the topic, from whenever on, ends with the same:
the last record about a product is what it is. Only the history of prices goes by the records' own
times, and those never backwards.
"""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

from models.catalog.categories import Categories
from models.catalog.changes import Changed, Changes
from models.catalog.mentions import Mentions
from models.catalog.prices import KEPT_MS, PriceHistory
from models.catalog.rankings import Rank
from models.catalog.shelves import Shelves
from schemas.catalog_entry import ARTICLE, CATEGORY, PRODUCT, REVIEW, Entry, category_name


class Catalog(Mapping[str, Entry]):
    """Catalog records by product id; of articles, reviews and categories by theirs.

    Args:
        records: To begin with.
    """

    def __init__(self, records: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._entries: dict[str, Entry] = {}
        self._by_category: dict[str, set[str]] = {}
        self._categories = Categories()
        self._rated = Shelves(_by_rating, self._members, self._categories)
        self._newest = Shelves(_by_arrival, self._members, self._categories)
        self._mentions = Mentions(self._entries)
        self._prices = PriceHistory()
        self._changes = Changes()
        for record in (records or {}).values():
            self.put(record)

    def __getitem__(self, product_id: str) -> Entry:
        return self._entries[product_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, product_id: str | None) -> Entry | None:
        """The record of an id; None where there is none. Cheaper than `get`."""
        return None if product_id is None else self._entries.get(product_id)

    def put(self, record: Mapping[str, Any], written_ms: int = 0) -> None:
        """Take over a catalog record, in place of an earlier one of the id.

        Args:
            record: As `schemas.checks.check_product` lets it pass.
            written_ms: When it was written, epoch milliseconds; see `Entry.of`.

        Raises:
            CategoryError: It would close a circle of categories, or lie too deep. The catalog is as
                it was.
        """
        entry = Entry.of(record, written_ms)
        before = self._entries.get(entry.product_id)
        if entry.kind == CATEGORY:
            name = category_name(entry.product_id)
            if self._categories.put(name, entry.category):
                self._rearranged()
        if before is not None:
            self._follow_price(before, entry)
        self._entries[entry.product_id] = entry
        self._moved(entry.product_id, before, entry)

    def remove(self, product_id: str, written_ms: int = 0) -> None:
        """Forget a record; unknown ones are fine.

        What the product cost is remembered for a while, should it come back.

        Args:
            product_id: Its id.
            written_ms: When its deletion was written, epoch milliseconds.
        """
        entry = self._entries.pop(product_id, None)
        if entry is None:
            return
        if entry.kind == CATEGORY and self._categories.remove(category_name(product_id)):
            self._rearranged()
        if entry.kind == PRODUCT:
            until_ms = max(written_ms, entry.updated_at)
            self._prices.ended(product_id, entry.price, entry.priced_at, until_ms)
        self._moved(product_id, entry, None)

    def shelf(self, category: str) -> tuple[str, ...]:
        """Products of a category and those below it in stock, best rated first, at most `SHELF`."""
        return self._rated.best(category).ids

    def new_since(
        self, category: str, since_ms: int, until_ms: int | None = None
    ) -> tuple[str, ...]:
        """What came new into a category or those below it, in stock, the newest first.

        Args:
            category: Its name.
            since_ms: Only what became available after this, epoch milliseconds. Products that don't
                say `since` when they are available count as old.
            until_ms: Only what is available by then; None for what is announced as well.

        Returns:
            At most `SHELF` product ids.
        """
        last_ms = inf if until_ms is None else until_ms
        newest = self._newest.best(category).ranks
        return tuple(product for rank, _, product in newest if since_ms < -rank <= last_ms)

    def articles_about(self, topic: str) -> tuple[str, ...]:
        """Articles about a product or a category, best rated and newest first, at most `SHELF`."""
        return self._mentions.best(ARTICLE, topic)

    def reviews_of(self, product_id: str) -> tuple[str, ...]:
        """Reviews of a product, best rated and newest first, at most `SHELF`."""
        return self._mentions.best(REVIEW, product_id)

    def ancestors(self, category: str) -> tuple[str, ...]:
        """The categories that one lies in, the nearest first."""
        return self._categories.ancestors(category)

    def sold_out(self, product_id: str) -> bool:
        """Whether the catalog says that none is left; what it doesn't know is not sold out."""
        entry = self._entries.get(product_id)
        return entry is not None and entry.stock <= 0

    def may_be_product(self, product_id: str) -> bool:
        """Whether an id may be a product's: the catalog doesn't say that it is something else."""
        entry = self._entries.get(product_id)
        return entry is None or entry.kind == PRODUCT

    def lowest_price(self, product_id: str, now_ms: int) -> float | None:
        """The lowest price of the 30 days before the present price became valid.

        What an announced price reduction is measured by (directive 98/6/EC, Article 6a).

        Args:
            product_id: The product.
            now_ms: The present, epoch milliseconds.

        Returns:
            None where it isn't known for all of the 30 days (or since the product became
            available), where the price has not changed, and where it did more than 31 days ago.
        """
        entry = self._entries.get(product_id)
        if entry is None or not 0 <= now_ms - entry.priced_at <= KEPT_MS:
            return None
        return self._prices.lowest(product_id, entry.priced_at, entry.since)

    def changed(self, after: int = 0) -> Changed:
        """Ids whose stock, price, category or availability changed after an earlier answer.

        Args:
            after: That answer's `upto`; 0 for everything since the start.
        """
        return self._changes.since(after)

    def _members(self, category: str) -> Iterator[Entry]:
        return (self._entries[product_id] for product_id in self._by_category.get(category, ()))

    def _follow_price(self, before: Entry, entry: Entry) -> None:
        """Keep what the product cost, and since when it costs what it does."""
        # A record that comes late doesn't say what the price was: its own time is over. What it
        # says holds from the latest time known.
        entry.updated_at = max(entry.updated_at, before.updated_at)
        entry.priced_at = entry.updated_at
        if before.currency != entry.currency or entry.kind != PRODUCT or before.kind != PRODUCT:
            self._prices.forget(entry.product_id)
        elif before.price == entry.price:
            entry.priced_at = before.priced_at
        else:
            self._prices.ended(entry.product_id, before.price, before.priced_at, entry.updated_at)

    def _moved(self, product_id: str, before: Entry | None, after: Entry | None) -> None:
        """Have indexes and feed follow a record that came, changed or left."""
        old, new = _place(before), _place(after)
        if old != new:
            if old is not None:
                self._leave(old, product_id)
                self._on_shelf(old, before, None)
            if new is not None:
                self._by_category.setdefault(new, set()).add(product_id)
                self._on_shelf(new, None, after)
        elif new is not None:
            self._on_shelf(new, before, after)
        self._mentions.changed(before, after)
        if before is None or after is None or _waited_for(before) != _waited_for(after):
            self._changes.note(product_id)

    def _leave(self, category: str, product_id: str) -> None:
        there = self._by_category[category]
        there.discard(product_id)
        if not there:
            del self._by_category[category]

    def _on_shelf(self, category: str, before: Entry | None, after: Entry | None) -> None:
        self._rated.changed(category, before, after)
        self._newest.changed(category, before, after)

    def _rearranged(self) -> None:
        self._rated.rearranged()
        self._newest.rearranged()


def _place(entry: Entry | None) -> str | None:
    """The category on whose shelves an entry may stand."""
    return entry.category if entry is not None and entry.kind == PRODUCT else None


def _by_rating(entry: Entry) -> Rank | None:
    return (-(entry.rating or 0.0), 0.0, entry.product_id) if entry.sold else None


def _by_arrival(entry: Entry) -> Rank | None:
    if entry.since is None or not entry.sold:
        return None
    return -entry.since, 0.0, entry.product_id


def _waited_for(entry: Entry) -> tuple[object, ...]:
    """What people may wait for."""
    return entry.sold, entry.price, entry.category, entry.since
