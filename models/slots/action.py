"""What a mail calls to: to shop, to learn, or to finish an order."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from models.decay import DAY_MS
from models.person.profile import Profile
from models.slots.needs import Show

CART_KEPT_MS: Final = 30 * DAY_MS
"""A cart or checkout that nothing happened to for so long is none to finish any more."""


class Action(StrEnum):
    """What a mail calls to."""

    SHOP = "shop"
    LEARN = "learn"
    FINISH = "finish"


def action_of(shows: Sequence[Show], article: str, profile: Profile, now_ms: int) -> Action:
    """What a mail calls to.

    An open cart or checkout is to be finished, whatever the mail is about. To learn is what a mail
    calls to that shows its article before, or without, any product.

    Args:
        shows: What the mail shows, in order.
        article: The article it shows, or empty.
        profile: The person.
        now_ms: The moment, epoch milliseconds.
    """
    changed_ms = max(profile.cart_updated_ms, profile.checkout_ms)
    if (profile.cart or profile.checkout_ms) and now_ms - changed_ms <= CART_KEPT_MS:
        return Action.FINISH
    first = next((show for show in shows if show in _MATTER), None)
    return Action.LEARN if article and first is Show.ARTICLE else Action.SHOP


_MATTER: Final = frozenset({Show.HERO, Show.PRODUCTS, Show.ARTICLE})
