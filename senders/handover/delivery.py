"""The `delivery` event that says what became of a decision's mail, a pure function of how it ended.

Its id comes from the decision and the status alone, so that a repeat is recognised as one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from senders.handover.states import Entry, State
from senders.person import person_fields

ACCEPTED = "accepted"
REJECTED = "rejected"
EXPIRED = "expired"
UNKNOWN: Final = State.UNKNOWN.value
UNRENDERABLE = "unrenderable"
CODE_TAKEN = "code_taken"
"""Its single-use code left with another mail already."""
HARD = "hard"
"""A bounce of an address that is dead."""
BY_SMTP = "smtp"
"""A server's reply told it, not the sender by itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a decision ended.

    Attributes:
        entry: As the ledger has it.
        detail: Why, in words; holds no address. Empty where another process knew.
        provider: The recipient's rate class, or empty.
        instead: Slots worded otherwise than decided, each with the variant sent.
    """

    entry: Entry
    detail: str = ""
    provider: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)

    def may_have_left(self, owner: str) -> bool:
        """Whether this attempt's mail left, or nobody knows."""
        return self.entry.owner == owner and self.entry.state in (ACCEPTED, UNKNOWN)


def delivery_event(decision: Mapping[str, Any], ended: Ended) -> dict[str, Any]:
    """The event to report.

    Args:
        decision: The decision.
        ended: How it ended; a final state of the ledger.
    """
    entry = ended.entry
    return {
        "event_id": f"{decision['decision_id']}:{entry.state}",
        "occurred_at": entry.at_ms,
        **person_fields(decision["subscriber_id"]),
        "decision_id": decision["decision_id"],
        "status": entry.state,
        "smtp_code": entry.code or None,
        "detail": ended.detail or None,
        "provider": ended.provider or None,
        "instead": dict(ended.instead),
        "code": decision["content"].get("code"),
        "claimed": entry.claimed,
        "bounce": entry.bounce or None,
        "enhanced": entry.enhanced or None,
        "source": BY_SMTP if entry.code else None,
        "message": decision["message"],
        "stream": decision["stream"],
    }
