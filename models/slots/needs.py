"""What a message may show, and what must be true for a wording of it."""

from enum import StrEnum
from typing import Final


class Show(StrEnum):
    """A part of a mail that is filled per person."""

    HERO = "hero"
    """The product that the mail is about first of all."""
    PRODUCTS = "products"
    ARTICLE = "article"
    """Something to read."""
    PROOF = "proof"
    """What a customer said of a product."""
    ACTION = "action"
    """Whether the mail calls to shop, to learn, or to finish an order."""


class Need(StrEnum):
    """Something that must be true when a mail is decided, and still when it leaves."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and decisions look these up

    NAME = "name"
    """The person's first name is known."""
    CATEGORY = "category"
    """What kind of thing the mail is about is known."""
    HERO = "hero"
    """There is a hero."""
    ARTICLE = "article"
    REVIEW = "review"
    LOW_STOCK = "low_stock"
    """Few of the hero are left."""
    ENDS_SOON = "ends_soon"
    """The hero's price, the hero itself, or the offer ends soon."""


SHOWS: Final = (Show.PRODUCTS,)
"""What a message shows that doesn't say."""

SHOWN_AS: Final = {
    Need.HERO: Show.HERO,
    Need.LOW_STOCK: Show.HERO,
    Need.ENDS_SOON: Show.HERO,
    Need.ARTICLE: Show.ARTICLE,
    Need.REVIEW: Show.PROOF,
}
"""What a message must show for a need to be ever met."""
