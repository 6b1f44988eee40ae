"""What the models see of a person at a decision moment.

Every feature is a number near -1 to 1, computed when deciding (what grows with time can't be
stored) and rounded to thousandths: a pending decision keeps them as small integers by position, and
the decision record, the outcome record and both models see exactly the same values.
"""

from math import log1p

from models import decay
from models.decay import DAY_MS
from models.localtime import local_minute
from models.messages import counted_since
from models.profile import Profile

NAMES = (
    "always",
    "days_since_seen",
    "active",
    "ever_bought",
    "days_since_purchase",
    "purchases",
    "cart_value",
    "checkout_started",
    "price_level",
    "focus",
    "click_rate",
    "mails_this_week",
    "reading_hour",
    "offer_affinity",
)
"""By position in stored pending decisions: append only."""

ARM_PRIOR = "arm_prior"
"""In a decision's features: log-odds of the chosen arm by the programme."""
ARM_LEAN = "arm_lean"
"""In a decision's features: log-odds of the chosen arm by the population model."""

ACTIVITY_HALF_LIFE_MS = 7.0 * DAY_MS
CATEGORY_HALF_LIFE_MS = 14.0 * DAY_MS
HOUR_HALF_LIFE_MS = 60.0 * DAY_MS
REVENUE_HALF_LIFE_MS = 90.0 * DAY_MS

_LIMIT = 4_000


def _thousandths(value: float) -> int:
    return int(min(max(round(value * 1000.0), -_LIMIT), _LIMIT))


def _days(now_ms: int, then_ms: int) -> float:
    return max(0, now_ms - then_ms) / DAY_MS


def _focus(profile: Profile, now_ms: int) -> float:
    """Share of the strongest category in all affinity: 1 for someone of one interest."""
    levels = [
        decay.value(level, now_ms, CATEGORY_HALF_LIFE_MS) for level in profile.categories.values()
    ]
    total = sum(levels)
    return max(levels) / total if total > 0.0 else 0.0


def _reading_hour(profile: Profile, now_ms: int, time_zone: str) -> float:
    """How much of the person's reading happens at this hour, against 1/24; -1 to 1."""
    levels = {
        hour: decay.value(level, now_ms, HOUR_HALF_LIFE_MS) for hour, level in profile.hours.items()
    }
    total = sum(levels[hour] for hour in sorted(levels))
    if total <= 0.0:
        return 0.0
    here = levels.get(local_minute(now_ms, time_zone) // 60, 0.0)
    return 2.0 * (here + 1.0 / 24.0) / (total + 1.0) - 1.0 / 12.0


def observe(profile: Profile, now_ms: int, time_zone: str) -> list[int]:
    """The features at this moment, in thousandths, in the order of `NAMES`.

    Args:
        profile: The person.
        now_ms: The moment, epoch milliseconds.
        time_zone: IANA name, used where the person's own is unknown or none.
    """
    mails = profile.accepted
    bought = profile.purchases > 0
    cart_value = sum(item.price * item.quantity for item in profile.cart)
    offers = sum(1 for m in profile.messages if m.clicks and not m.arm.endswith("/none"))
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
        _focus(profile, now_ms),
        min(1.0, (profile.clicks + 0.2) / (mails + 4.0)),
        counted_since(profile, now_ms - 7 * DAY_MS, now_ms) / 7.0,
        _reading_hour(profile, now_ms, profile.time_zone or time_zone),
        min(1.0, offers / 3.0),
    )
    return [_thousandths(value) for value in values]


def named(thousandths: list[int]) -> dict[str, float]:
    """Stored features by name; those appended to `NAMES` since they were stored are absent."""
    return {name: value / 1000.0 for name, value in zip(NAMES, thousandths, strict=False)}
