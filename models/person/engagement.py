"""How engaged a person is with mails: whom to write first, and whom no more.

Opens are no sign: machines open mails. A click by a person, a visit and an order are, and so is an
opt-in. Only mails that are marketing count as unanswered.
"""

from math import exp2
from typing import Final

from models import decay
from models.decay import DAY_MS
from models.person.half_lives import ACTIVITY_HALF_LIFE_MS
from models.person.profile import Profile
from models.programme.streams import Unengaged

_RECENT_MS: Final = 30 * DAY_MS
"""Half of what recency counts is gone after it."""
_LIVELY: Final = 5.0
"""Things done lately, each counting half after a week, at which frequency counts by half."""
_RECENCY: Final = 0.7
"""What recency counts of the whole; frequency counts the rest."""


def last_sign_ms(profile: Profile, purpose: str) -> int:
    """When the person last did anything, opting in included; epoch milliseconds, 0 for never."""
    consent = profile.consent_for(purpose)
    opted_in_ms = consent.at_ms if consent is not None and consent.granted else 0
    return max(profile.last_ms, opted_in_ms)


def score(profile: Profile, purpose: str, now_ms: int) -> float:
    """How engaged somebody is, 0 to 1, in thousandths: by how lately and how often they were here.

    0.7 x 2^(-days since the last click, visit, order or opt-in / 30)
    + 0.3 x (1 - 2^(-things done lately / 5)), each of which counts half after a week.

    Args:
        profile: The person.
        purpose: The consent that mail needs.
        now_ms: The moment, epoch milliseconds.
    """
    last_ms = last_sign_ms(profile, purpose)
    if not last_ms:
        return 0.0
    recency = exp2(-max(0, now_ms - last_ms) / _RECENT_MS)
    often = decay.value(profile.activity, now_ms, ACTIVITY_HALF_LIFE_MS)
    frequency = 1.0 - exp2(-often / _LIVELY)
    return round(_RECENCY * recency + (1.0 - _RECENCY) * frequency, 3)


def is_unengaged(profile: Profile, limits: Unengaged | None, purpose: str, now_ms: int) -> bool:
    """Whether somebody was mailed a lot, and has done nothing for long.

    Args:
        profile: The person.
        limits: How much and how long; None for never.
        purpose: The consent that mail needs.
        now_ms: The moment, epoch milliseconds.
    """
    if limits is None or unanswered(profile) < limits.mails:
        return False
    return now_ms - last_sign_ms(profile, purpose) >= limits.for_ms


def unanswered(profile: Profile) -> int:
    """Marketing mails accepted since the person last did anything."""
    past = profile.past()
    return past.unanswered if past.unanswered_ms > profile.last_ms else 0


def mailed(profile: Profile, at_ms: int) -> None:
    """Count a marketing mail that was accepted."""
    past = profile.past()
    past.unanswered = unanswered(profile) + 1
    past.unanswered_ms = max(past.unanswered_ms, at_ms)


def take_back(profile: Profile) -> None:
    """Don't count a mail that came back after all."""
    past = profile.past()
    past.unanswered = max(0, past.unanswered - 1)
