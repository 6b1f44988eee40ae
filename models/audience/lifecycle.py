"""Where a person stands with the shop, by rule: a lifecycle stage, and a tier of engagement.

Both are simple on purpose, so that everyone can say why someone is in one; what is learned of a
person's intent is another fact. Each comes with the instant until which passing time alone can't
change it.
"""

from math import log2

from models.audience.verdict import FOREVER
from models.decay import DAY_MS
from models.features import ACTIVITY_HALF_LIFE_MS
from models.profile import Profile

NEW_MS = 14 * DAY_MS
ACTIVE_MS = 30 * DAY_MS
AT_RISK_MS = 60 * DAY_MS

STAGES = ("unseen", "new", "active", "at_risk", "dormant")
"""Never seen; first seen less than 14 days ago; else last seen less than 30, less than 60, or more
days ago."""


def stage(profile: Profile, now_ms: int) -> tuple[str, int]:
    """The person's lifecycle stage, and until when, epoch milliseconds."""
    first_ms, last_ms = profile.first_ms, profile.last_ms
    if not first_ms:
        return "unseen", FOREVER
    if now_ms < first_ms + NEW_MS:
        return "new", first_ms + NEW_MS
    if now_ms < last_ms + ACTIVE_MS:
        return "active", last_ms + ACTIVE_MS
    if now_ms < last_ms + AT_RISK_MS:
        return "at_risk", last_ms + AT_RISK_MS
    return "dormant", FOREVER


TIERS = ("low", "medium", "high")
_HIGH, _MEDIUM = log2(10.0), log2(2.0)
"""Things done lately, each counting half after a week, as logarithms: a visit of ten pages, or two
of them a week later."""


def engagement(profile: Profile, now_ms: int) -> tuple[str, int]:
    """The person's tier of engagement, and until when, epoch milliseconds."""
    level = profile.activity
    high_ms = int((level - _HIGH) * ACTIVITY_HALF_LIFE_MS)
    if now_ms < high_ms:
        return "high", high_ms
    medium_ms = int((level - _MEDIUM) * ACTIVITY_HALF_LIFE_MS)
    if now_ms < medium_ms:
        return "medium", medium_ms
    return "low", FOREVER
