"""What tells one shopper from another: drawn once per shopper, fixed from then on."""

import random
from dataclasses import dataclass
from typing import Final

from deploy.demo.catalog import CATEGORIES


@dataclass(frozen=True, slots=True)
class Habits:
    """One shopper's ways. Probabilities are 0 to 1.

    Attributes:
        segment: The kind of shopper, for reports.
        sessions_per_day: Mean visits a day, before the run scales them to its size.
        active_hours: Local hours at which visits begin, likelier ones repeated.
        reading_hours: Local hours at which mail is read.
        time_zone: IANA name.
        locale: BCP 47 tag.
        first_name: For the salutation.
        tastes: Category to weight; most weigh little.
        price_sensitivity: 0 buys regardless of price, 1 mostly what is cheap.
        carts: Chance that a product looked at goes into the cart.
        abandons: Chance that a filled cart is left behind at the end of a visit.
        reads: Chance that a mail is read at all.
        clicks: Chance of following a link of a mail read, before relevance.
        buys_after_click: Chance of buying the product a mail led to.
        unsubscribes: Chance to withdraw on reading a mail, before fatigue.
        starts_anonymous: Visits before giving a name; 0 from the start; None stays nameless.
        consents: Whether the sign-up ticks the box.
        withdraws: Chance per visit to switch mails off in the shop's own preferences.
    """

    segment: str
    sessions_per_day: float
    active_hours: tuple[int, ...]
    reading_hours: tuple[int, ...]
    time_zone: str
    locale: str
    first_name: str
    tastes: dict[str, float]
    price_sensitivity: float
    carts: float
    abandons: float
    reads: float
    clicks: float
    buys_after_click: float
    unsubscribes: float
    starts_anonymous: int | None
    consents: bool
    withdraws: float


@dataclass(frozen=True, slots=True)
class _Segment:
    share: float
    sessions_per_day: float
    carts: float
    abandons: float
    reads: float
    clicks: float
    buys_after_click: float
    price_sensitivity: float


_SEGMENTS: Final[dict[str, _Segment]] = {
    "regular": _Segment(0.22, 0.75, 0.10, 0.35, 0.75, 0.35, 0.25, 0.3),
    "bargain_hunter": _Segment(0.22, 0.55, 0.14, 0.70, 0.65, 0.40, 0.22, 0.9),
    "window_shopper": _Segment(0.30, 0.45, 0.04, 0.80, 0.45, 0.20, 0.06, 0.6),
    "seldom": _Segment(0.18, 0.12, 0.12, 0.45, 0.50, 0.25, 0.20, 0.5),
    "enthusiast": _Segment(0.08, 1.60, 0.09, 0.40, 0.85, 0.45, 0.18, 0.2),
}

_PLACES: Final = (
    ("Europe/Berlin", "de-DE", 30),
    ("Europe/London", "en-GB", 20),
    ("America/New_York", "en-US", 20),
    ("America/Los_Angeles", "en-US", 10),
    ("Asia/Tokyo", "ja-JP", 8),
    ("Asia/Kolkata", "en-IN", 7),
    ("Australia/Sydney", "en-AU", 5),
)

_NAMES: Final = (
    *("Ada", "Ben", "Chiara", "David", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kira"),
    *("Liam", "Mona", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Sven", "Tara", "Uma", "Yuki"),
)

_DAYS: Final = (
    # (active hours, reading hours) of four kinds of day
    ((7, 8, 12, 13, 19, 20, 20, 21), (7, 8)),
    ((9, 10, 11, 14, 15, 16, 17), (12, 13)),
    ((18, 19, 20, 20, 21, 21, 22), (18, 19, 20)),
    ((21, 22, 23, 23, 0, 1), (22, 23)),
)


def _around(rng: random.Random, centre: float, spread: float = 0.35) -> float:
    """Draw a probability near `centre`, never 0 or 1."""
    return min(0.95, max(0.005, centre * rng.lognormvariate(0.0, spread)))


def draw_habits(rng: random.Random) -> Habits:
    """Draw one shopper's habits."""
    name = rng.choices(list(_SEGMENTS), [s.share for s in _SEGMENTS.values()])[0]
    segment = _SEGMENTS[name]
    zone, locale, _ = rng.choices(_PLACES, [weight for *_, weight in _PLACES])[0]
    active, reading = rng.choice(_DAYS)
    favourites = rng.sample(list(CATEGORIES), rng.randint(1, 3))
    tastes = {c: 8.0 / (1 + favourites.index(c)) if c in favourites else 0.3 for c in CATEGORIES}
    start = rng.random()
    return Habits(
        segment=name,
        sessions_per_day=segment.sessions_per_day * rng.lognormvariate(0.0, 0.5),
        active_hours=active,
        reading_hours=reading,
        time_zone=zone,
        locale=locale,
        first_name=rng.choice(_NAMES),
        tastes=tastes,
        price_sensitivity=min(1.0, _around(rng, segment.price_sensitivity, 0.2)),
        carts=_around(rng, segment.carts),
        abandons=_around(rng, segment.abandons, 0.2),
        reads=_around(rng, segment.reads, 0.2),
        clicks=_around(rng, segment.clicks),
        buys_after_click=_around(rng, segment.buys_after_click),
        unsubscribes=_around(rng, 0.008, 0.8),
        starts_anonymous=None if start < 0.05 else rng.randint(1, 3) if start < 0.30 else 0,
        consents=rng.random() < 0.85,
        withdraws=0.02 if rng.random() < 0.25 else 0.0,
    )
