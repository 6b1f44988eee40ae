"""What the models see of a person at a decision moment.

Every feature is a number near -1 to 1, computed when deciding (what grows with time can't be
stored) and rounded to thousandths: a pending decision keeps them as small integers by position, and
the decision record, the outcome record and all models see exactly the same values of the person.
What is about the arm chosen (`arm_…`, `expected_…`) comes beside them.
"""

from collections.abc import Mapping, Sequence
from math import fsum, log1p, log2

from models import decay
from models.decay import DAY_MS
from models.localtime import local_minute, usable
from models.person.half_lives import ACTIVITY_HALF_LIFE_MS, CATEGORY_HALF_LIFE_MS
from models.person.profile import Profile
from models.person.rhythm import Hours

_TRAIT, _MOMENT = True, False
_FEATURES = (
    ("always", _MOMENT),
    ("days_since_seen", _TRAIT),
    ("active", _TRAIT),
    ("ever_bought", _TRAIT),
    ("days_since_purchase", _TRAIT),
    ("purchases", _TRAIT),
    ("cart_value", _TRAIT),
    ("checkout_started", _TRAIT),
    ("price_level", _TRAIT),
    ("focus", _TRAIT),
    ("click_rate", _TRAIT),
    ("mails_this_week", _TRAIT),
    ("looks_soon", _MOMENT),
    ("offer_affinity", _TRAIT),
    ("affinity", _MOMENT),
    ("order_value", _MOMENT),
    ("hour", _MOMENT),
)
NAMES = tuple(name for name, _ in _FEATURES)
"""By position in stored pending decisions: append only."""
TRAITS = tuple(name for name, is_trait in _FEATURES if is_trait)
"""Features that are about the person: what is about the hour or the mail tells nobody apart.

By position in stored clusters, which with one more or less can't be read any more.
"""

CLICK, ORDER, LEAVE, UNASKED = "arm_click", "arm_order", "arm_leave", "arm_unasked"
"""In a decision's features: log-odds of the chosen arm that the programme expects."""
ARM_LEAN = "arm_lean"
"""In a decision's features: log-odds of a click on the chosen arm by the population model."""
ARM_DISCOUNT = "arm_discount"
"""In a decision's features: share that the chosen arm's offer takes off."""
ARM = (CLICK, ORDER, LEAVE, UNASKED, ARM_LEAN, ARM_DISCOUNT)
"""By position in stored pending decisions, in thousandths."""

EXPECTED_CLICK, EXPECTED_ORDER = "expected_click", "expected_order"
EXPECTED_LEAVE, EXPECTED_UNASKED = "expected_leave", "expected_unasked"
"""In a decision's features: log-odds of the chosen arm by all models, the person's too."""


def is_about_arm(name: str) -> bool:
    """Whether a decision's feature is about the arm chosen, not about the person."""
    return name.startswith("arm_")


_LIMIT = 4_000
_EVEN, _HELD = 12.0, 2.0


def _days(now_ms: int, then_ms: int) -> float:
    return max(0, now_ms - then_ms) / DAY_MS


def _focus(levels: Mapping[str, float], total: float) -> float:
    """Share of the strongest category in all affinity: 1 for someone of one interest."""
    return max(levels.values()) / total if total > 0.0 else 0.0


def _affinity(levels: Mapping[str, float], total: float, categories: Sequence[str]) -> float:
    """How much likelier than among a dozen alike the person looks at these categories.

    The logarithm of their mean share in all affinity against an even one, held towards that while
    little is known; about -1 to 1.
    """
    if not categories:
        return 0.0
    here = sum(levels.get(category, 0.0) for category in categories) / len(categories)
    return log2((here * _EVEN + _HELD) / (total + _HELD)) / 4.0


def observe(
    profile: Profile,
    now_ms: int,
    time_zone: str,
    categories: Sequence[str],
    order: float,
    mails_week: int,
) -> list[int]:
    """The features at this moment, in thousandths, in the order of `NAMES`.

    Args:
        profile: The person.
        now_ms: The moment, epoch milliseconds.
        time_zone: IANA name, used where the person's own is unknown or none.
        categories: What the mail would be about, by product shown; empty for nothing in particular.
        order: What an order by it would come to, in the shop's currency.
        mails_week: Mails delivered or under way in the last 7 days.
    """
    levels = {
        name: decay.value(level, now_ms, CATEGORY_HALF_LIFE_MS)
        for name, level in profile.categories.items()
    }
    total = fsum(levels.values())  # the same in whatever order the categories came to be
    mails = profile.accepted
    bought = profile.purchases > 0
    cart_value = sum(item.price * item.quantity for item in profile.cart)
    offers = sum(1 for m in profile.messages if m.clicks and m.carries_offer)
    active = decay.value(profile.activity, now_ms, ACTIVITY_HALF_LIFE_MS)
    values = (
        1.0,
        log1p(_days(now_ms, profile.last_ms)) / 5.0 if profile.last_ms else 1.0,
        log1p(active) / 4.0,
        1.0 if bought else 0.0,
        log1p(_days(now_ms, profile.last_purchase_ms)) / 5.0 if bought else 0.0,
        log1p(profile.purchases) / 3.0,
        log1p(cart_value) / 6.0,
        1.0 if profile.checkout_ms else 0.0,
        log1p(profile.price_mean) / 6.0,
        _focus(levels, total),
        min(1.0, (profile.clicks + 0.2) / (mails + 4.0)),
        mails_week / 3.0,
        Hours(profile).looks_soon(now_ms),
        min(1.0, offers / 3.0),
        _affinity(levels, total, categories),
        log1p(order) / 6.0,
        local_minute(now_ms, usable(profile.time_zone, time_zone)) / 1440.0,
    )
    thousandths = [round(value * 1000.0) for value in values]
    if max(thousandths) > _LIMIT or min(thousandths) < -_LIMIT:  # hardly ever
        return [min(max(amount, -_LIMIT), _LIMIT) for amount in thousandths]
    return thousandths


def named(thousandths: list[int]) -> dict[str, float]:
    """Stored features by name; those appended to `NAMES` since they were stored are absent."""
    return {name: value / 1000.0 for name, value in zip(NAMES, thousandths, strict=False)}
