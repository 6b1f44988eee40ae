"""Where a person stands with the shop, by rule: a lifecycle stage, and a tier of engagement.

Both are simple on purpose, so that everyone can say why someone is in one; what is learned of a
person's intent are other facts. Each comes with the instant until which passing time alone can't
change it.
"""

from math import log2

from models.audience.verdict import FOREVER
from models.decay import DAY_MS
from models.person.half_lives import ACTIVITY_HALF_LIFE_MS
from models.person.profile import Profile

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


LOW, MEDIUM, HIGH = TIERS = ("low", "medium", "high")

_HERE_MS = 7 * DAY_MS
_GONE_MS = _ACTED_MS = 28 * DAY_MS
_LIVELY = log2(5.0)
"""Things done lately, each counting half after a week, as a logarithm: five of them in a week."""


def engagement(profile: Profile, now_ms: int) -> tuple[str, int]:
    """The person's tier of engagement, and until when, epoch milliseconds.

    High: seen within the last 7 days, and either a click in a mail or an order within 28, or
    activity that comes to five events in a week. Low: not seen for 28 days. Else medium.
    """
    last_ms = profile.last_ms
    if not last_ms or now_ms >= last_ms + _GONE_MS:
        return LOW, FOREVER
    acted_ms = max(profile.last_click_ms, profile.last_purchase_ms)
    lively_until = int((profile.activity - _LIVELY) * ACTIVITY_HALF_LIFE_MS)
    high_until = min(last_ms + _HERE_MS, max(lively_until, acted_ms + _ACTED_MS))
    return (HIGH, high_until) if now_ms < high_until else (MEDIUM, last_ms + _GONE_MS)
