"""What guardrails go by: limits as data, and how sure one must be that they are passed."""

from dataclasses import dataclass
from typing import Final, Literal

from runtime.guardrail_settings import GuardrailSettings
from senders.guardrails.counts import What

Kind = Literal["complaints", "bounces", "unsubscribes"]
REPUTATION: Final[frozenset[Kind]] = frozenset({"complaints", "bounces"})
"""What mailbox providers judge a domain by; a warm-up takes no step while one of them is high."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Limits of one rate, as shares of the mails accepted.

    Attributes:
        kind: The rate.
        counted: What is counted for it.
        warn: Above it there is a warning.
        stop: Above it the stream stops.
    """

    kind: Kind
    counted: What
    warn: float
    stop: float


@dataclass(frozen=True, slots=True)
class Rules:
    """All limits, and when they apply.

    Attributes:
        limits: One for each rate.
        window_days: Days that count, today included.
        confidence: How sure it must be that a rate is above a limit, 0.5 to below 1.
        least_accepted: Fewer accepted mails are too few to judge by.
        least_events: Fewer events never pass a limit.
        no_feedback: Providers that report no complaints.
        never_stopped: Streams that are only warned of.
    """

    limits: tuple[Limit, ...]
    window_days: int
    confidence: float
    least_accepted: int
    least_events: int
    no_feedback: frozenset[str]
    never_stopped: frozenset[str]


def rules_of(settings: GuardrailSettings) -> Rules:
    """The rules that the settings ask for."""
    given = settings
    return Rules(
        (
            Limit("complaints", "complaint", given.complaints_warn, given.complaints_stop),
            Limit("bounces", "hard_bounce", given.bounces_warn, given.bounces_stop),
            Limit("unsubscribes", "unsubscribe", given.unsubscribes_warn, given.unsubscribes_stop),
        ),
        given.window_days,
        given.confidence,
        given.least_accepted,
        given.least_events,
        frozenset(given.no_feedback),
        frozenset(given.never_stopped),
    )
