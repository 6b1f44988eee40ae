"""What the intent models see of a person at a moment: orders, and how they have been around."""

from math import log, log1p

from models import decay
from models.decay import DAY_MS
from models.intent import history
from models.intent.history import History
from models.intent.kept import SCALE, Kept
from models.person.half_lives import ACTIVITY_HALF_LIFE_MS
from models.person.profile import Profile

NAMES = (*history.NAMES, "buyer", "unseen", "active", "cart", "checkout", "clicked", "pace")
"""By position in stored samples: append only."""

START = {
    "always": -5.5,
    "buyer": 0.25,
    "recent_quarter": 0.25,
    "recent_year": 0.25,
    "overdue": -0.15,
    "unseen": -0.25,
    "active": 0.5,
    "cart": 0.25,
    "checkout": 0.25,
    "pace": 0.25,
}
"""What is assumed of people before anything is learned, by name."""
SPREAD = 0.3
"""How unsure that is, as a standard deviation: there are many inputs and few orders a week, by
which chance would otherwise tell people apart."""

_WEEK_MS = 7 * DAY_MS


def kept_of(profile: Profile) -> Kept:
    """What the profile keeps for intent, to be changed; see `known_of`."""
    past = profile.past()
    if past.intent is None:
        past.intent = known_of(profile)
    return past.intent


def known_of(profile: Profile) -> Kept:
    """What the profile keeps for intent, to be read; made from its sums where there is nothing."""
    kept = profile.past().intent if profile.kept_past else None
    if kept is None:
        kept = Kept()
        if profile.purchases and profile.last_purchase_ms:
            kept.note(_from_sums(profile))
    return kept


def history_of(profile: Profile) -> History:
    """The person's orders."""
    return known_of(profile).history(profile.last_purchase_ms, profile.revenue)


def _from_sums(profile: Profile) -> History:
    found = History()
    found.order(profile.last_purchase_ms, profile.revenue)
    found.first_ms = min(profile.first_ms or found.first_ms, found.first_ms)
    found.orders = profile.purchases
    return found


def look(profile: Profile, now_ms: int) -> tuple[bytes, float, float]:
    """What is seen of a person now.

    Who never ordered has been around since they were first seen, and idle since.

    Returns:
        A byte for each of `NAMES`, as `seen` reads them; days since the first order; since the last
        one.
    """
    orders = history_of(profile)
    buyer = orders.orders > 0
    if not buyer:
        first_ms = profile.first_ms or now_ms
        orders = History(first_ms, first_ms)
    values, age, idle = history.inputs(orders, now_ms)
    unseen_days = max(now_ms - profile.last_ms, 0) / DAY_MS if profile.last_ms else age
    clicked_days = max(now_ms - profile.last_click_ms, 0) / DAY_MS
    values += [
        1.0 if buyer else 0.0,
        log1p(unseen_days / 7.0) / 2.0,
        log1p(decay.value(profile.activity, now_ms, ACTIVITY_HALF_LIFE_MS)) / 4.0,
        1.0 if profile.cart else 0.0,
        1.0 if profile.checkout_ms else 0.0,
        7.0 / (7.0 + clicked_days) if profile.last_click_ms else 0.0,
        _pace(profile, now_ms),
    ]
    kept = [round(value * SCALE) for value in values]
    if max(kept) > _MOST or min(kept) < -_MOST:  # hardly ever
        kept = [min(max(amount, -_MOST), _MOST) for amount in kept]
    return bytes([amount & 0xFF for amount in kept]), age, idle


def _pace(profile: Profile, now_ms: int) -> float:
    """Looks, carts and searches a week since first seen; one is assumed in two weeks."""
    weeks = max(now_ms - profile.first_ms, 0) / _WEEK_MS if profile.first_ms else 0.0
    events = profile.browses + profile.carts + profile.searches
    return log((events + 1.0) / (weeks + 2.0)) / 2.0


_MOST = 127
_OF_BYTE = [(byte if byte <= _MOST else byte - 256) / SCALE for byte in range(256)]


def seen(kept: bytes) -> list[float]:
    """What `look` saw, by position; names appended since it was kept are absent."""
    return [_OF_BYTE[byte] for byte in kept]
