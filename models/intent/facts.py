"""Intent: what a person is likely to do next, as numbers that decisions and segments read.

All of it is computed when asked, from the profile and the model of everybody; nothing here is
stored with the person.
"""

from itertools import pairwise
from math import exp, log

from models import decay
from models.audience import lifecycle
from models.catalog import Catalog
from models.decay import DAY_MS
from models.intent import person
from models.intent.ahead import EDGES_DAYS
from models.intent.intent import Intent
from models.intent.model import IntentModel
from models.person.half_lives import CATEGORY_HALF_LIFE_MS
from models.person.profile import Profile

MOST_DAYS = 365.0
"""What `days_to_order` says of those of whom no order is to be expected within a year."""
_WINDOWS = tuple(pairwise(EDGES_DAYS))
_CHURN_DAYS = (28.0, 365.0)
_NO_RHYTHM_DAYS = 91.0
_HELD_CLICKS = 4.0
"""Clicks as everybody's assumed beside a person's own."""
_LATELY_MS = 7 * DAY_MS
_HELD_LOOKS = 2.0


def intent(
    profile: Profile, model: IntentModel, now_ms: int, catalog: Catalog | None = None
) -> Intent:
    """What a person is likely to do next.

    Args:
        profile: The person.
        model: What is known of everybody.
        now_ms: The moment, epoch milliseconds.
        catalog: Tells the categories of what was looked at; without it `toward` is empty.
    """
    seen, age, idle = person.look(profile, now_ms)
    hazards = model.hazards(seen, age, idle)
    clicks, offers, reading = person.known_of(profile).clicks(now_ms)
    held = clicks + _HELD_CLICKS
    return Intent(
        buys_soon=round(1.0 - exp(-hazards[0]), 4),
        churns=round(exp(-_by(churn_days(person.history_of(profile).gap_days()), hazards)), 4),
        days_to_order=round(_even_days(hazards), 1),
        wants_offer=round((offers + _HELD_CLICKS * model.offer_share) / held, 4),
        wants_education=round((reading + _HELD_CLICKS * model.reading_share) / held, 4),
        engagement=lifecycle.engagement(profile, now_ms)[0],
        toward=toward(profile, catalog, now_ms) if catalog is not None else "",
    )


def churn_days(gap_days: float) -> float:
    """Days without an order after which a person is taken to have left, by their own rhythm.

    Args:
        gap_days: Mean days between their orders; 0 where there is none yet.
    """
    least, most = _CHURN_DAYS
    return min(max(2.0 * (gap_days or _NO_RHYTHM_DAYS), least), most)


def _by(days: float, hazards: list[float]) -> float:
    """The sum of hazards by a day ahead; within a window they grow evenly."""
    total = 0.0
    for (start, end), hazard in zip(_WINDOWS, hazards, strict=True):
        if days <= start:
            break
        total += hazard * min((days - start) / (end - start), 1.0)
    return total


def _even_days(hazards: list[float]) -> float:
    """By when the hazards have come to those of an even chance."""
    left = log(2.0)
    for (start, end), hazard in zip(_WINDOWS, hazards, strict=True):
        if hazard >= left:
            return min(start + (end - start) * left / hazard, MOST_DAYS)
        left -= hazard
    return MOST_DAYS


def toward(profile: Profile, catalog: Catalog, now_ms: int) -> str:
    """The category that had more of the last looks than of the affinity of months.

    Looks of the last 7 days, at most the six products kept, against affinity, which halves in 28
    days. Two looks are assumed that go by the affinity, so that one look is no movement.
    """
    lately: dict[str, float] = {}
    for product_id, at_ms in profile.viewed.items():
        entry = catalog.find(product_id)
        if entry is not None and entry.category and now_ms - at_ms <= _LATELY_MS:
            lately[entry.category] = lately.get(entry.category, 0.0) + 1.0
    if not lately:
        return ""
    levels = {
        name: decay.value(level, now_ms, CATEGORY_HALF_LIFE_MS)
        for name, level in profile.categories.items()
    }
    total, looks = sum(sorted(levels.values())) or 1.0, sum(lately.values())
    gains = {
        name: (count + _HELD_LOOKS * levels.get(name, 0.0) / total) / (looks + _HELD_LOOKS)
        - levels.get(name, 0.0) / total
        for name, count in lately.items()
    }
    best = max(sorted(gains), key=gains.__getitem__)
    return best if gains[best] > _MOVES else ""


_MOVES = 0.2
"""Share of looks, above that of the affinity, that is a movement."""
