"""What is asked of recommendations: what the person did with products, and what is not wanted."""

from dataclasses import dataclass
from math import fsum

from models import decay
from models.decay import DAY_MS
from models.person import mailed
from models.person.half_lives import CATEGORY_HALF_LIFE_MS
from models.person.profile import Profile

_ORDER_MS = DAY_MS
"""What was bought within a day of the last order belongs to it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One person's side of a recommendation.

    Attributes:
        recent: Products looked at or in the cart, each once, the last one last.
        bought: Products of the last order.
        liked: By category how much the person likes it, 0 to 1, the most liked first.
        barred: What must not be recommended: owned, mailed lately, or seen already.
        now_ms: When it is asked, epoch milliseconds.
        known: From how much that is known: their levels together, as events halving in four weeks.
    """

    recent: tuple[str, ...]
    bought: tuple[str, ...]
    liked: dict[str, float]
    barred: frozenset[str]
    now_ms: int
    known: float = 0.0


def asked_of(profile: Profile, now_ms: int, owned_ms: int, mailed_ms: int) -> Asked:
    """What a person's profile asks for.

    Args:
        profile: The person.
        now_ms: The time it is, epoch milliseconds.
        owned_ms: How long what was bought isn't recommended.
        mailed_ms: How long what a mail showed isn't.
    """
    seen = dict(profile.viewed)
    for item in profile.cart:
        seen[item.product_id] = max(item.at_ms, seen.get(item.product_id, 0))
    recent = sorted(seen, key=lambda product: (seen[product], product))
    bought = profile.bought
    last_ms = max(bought.values(), default=0)
    order = sorted(p for p, at_ms in bought.items() if at_ms > last_ms - _ORDER_MS)
    owned = {product for product, at_ms in bought.items() if at_ms > now_ms - owned_ms}
    shown = mailed.since(profile, now_ms - mailed_ms, now_ms)
    liked, known = _liked(profile, now_ms)
    return Asked(
        tuple(recent or sorted(bought, key=lambda product: (bought[product], product))),
        tuple(order),
        liked,
        frozenset(owned | shown | seen.keys()),
        now_ms,
        known,
    )


def _liked(profile: Profile, now_ms: int) -> tuple[dict[str, float], float]:
    """See `Asked.liked` and `Asked.known`."""
    levels = {
        name: decay.value(level, now_ms, CATEGORY_HALF_LIFE_MS)
        for name, level in profile.categories.items()
    }
    most = max(levels.values(), default=0.0)
    if most <= 0.0:
        return {}, 0.0
    ranked = sorted(levels, key=lambda name: (-levels[name], name))
    return {name: levels[name] / most for name in ranked}, fsum(levels.values())
