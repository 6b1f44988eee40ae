"""What a shop wants of recommendations, beside that they fit: the programme's `recommendations`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.decay import DAY_MS
from schemas.catalog_entry import Entry


@dataclass(frozen=True, slots=True)
class Preferences:
    """A shop's settings.

    Attributes:
        mailed_ms: A product shown in a mail isn't recommended again for so long.
        per_category: Most products of one category in a mail; `per_brand` of one brand.
        diversity: By which share each further product of a category or brand that is in the mail
            already counts less; 0 to 1.
        margin: How far what a product costs counts beside that it fits: 0 for not at all, 1 as much
            as the price itself.
        brands: By brand, by what its products count more, or less: a factor. `categories` and
            `tags` likewise.
    """

    mailed_ms: int = 14 * DAY_MS
    per_category: int = 2
    per_brand: int = 3
    diversity: float = 0.2
    margin: float = 0.0
    brands: Mapping[str, float] = field(default_factory=dict)
    categories: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, float] = field(default_factory=dict)

    @property
    def boosts(self) -> bool:
        """Whether anything counts more than other things."""
        return bool(self.margin or self.brands or self.categories or self.tags)

    def boost(self, entry: Entry) -> float:
        """By what a product counts more: the factors of its category, brand, tags and price."""
        factor = entry.price**self.margin if self.margin and entry.price > 0.0 else 1.0
        factor *= self.categories.get(entry.category, 1.0)
        factor *= self.brands.get(entry.brand or "", 1.0)
        if self.tags:
            for tag in entry.tags:
                factor *= self.tags.get(tag, 1.0)
        return factor
