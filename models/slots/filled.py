"""What fills a message for one person, as it travels with the decision."""

import msgspec

from models.slots.needs import Need


class Filled(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a message shows of what may be filled per person; empty for what it doesn't.

    Attributes:
        hero: The product that it is about first of all.
        article: Id of an article; `review` of a review.
        action: `shop`, `learn` or `finish`.
        products: Whether it shows the products.
        low_stock: Where few of the hero are left, the most that count as few; 0 where not.
        ends_ms: Where the hero or its price ends soon, when, epoch milliseconds; 0 where not.
        ends_on: The last day before that by the person's calendar, like 2026-12-24.
        offer_ends_ms: Where its offer ends soon, when, epoch milliseconds; 0 where not.
    """

    hero: str = ""
    article: str = ""
    review: str = ""
    action: str = ""
    products: bool = True
    low_stock: int = 0
    ends_ms: int = 0
    ends_on: str = ""
    offer_ends_ms: int = 0

    def content(self) -> dict[str, str]:
        """What a decision's content says of it beside products; empty for what isn't shown."""
        return {
            "hero": self.hero,
            "article": self.article,
            "review": self.review,
            "action": self.action,
            "low_stock": str(self.low_stock or ""),
            "ends_at": str(self.ends_ms or ""),
            "ends_on": self.ends_on,
            "offer_ends_at": str(self.offer_ends_ms or ""),
        }

    def meets(self, category: str, *, has_name: bool) -> frozenset[Need]:
        """The needs that are met.

        Args:
            category: What the mail is about, or empty.
            has_name: Whether the person's first name is known.
        """
        found = (
            (Need.NAME, has_name),
            (Need.CATEGORY, category),
            (Need.HERO, self.hero),
            (Need.ARTICLE, self.article),
            (Need.REVIEW, self.review),
            (Need.LOW_STOCK, self.low_stock),
            (Need.ENDS_SOON, self.ends_ms or self.offer_ends_ms),
        )
        return frozenset([need for need, met in found if met])


AS_USUAL = Filled()
"""Of a message that shows products and nothing else."""
CONTENT = frozenset(AS_USUAL.content())
"""Names in a decision's content that no slot may have, beside `products`."""
