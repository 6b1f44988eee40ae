"""What shoppers do that reaches the pipeline; the driver carries it out at its simulated time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deploy.servers.mailbox import Mail

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Emit:
    """An event that a product app sends for a shopper.

    Attributes:
        at_ms: When it is sent, epoch milliseconds; `occurred_at` can be long before.
        shopper: The shopper's number.
        name: The record's name.
        record: The event, complete.
        repeat: Whether the same event was sent before.
    """

    at_ms: int
    shopper: int
    name: str
    record: Record
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class EmitBad:
    """A record that no honest product app would send.

    Attributes:
        at_ms: When it is sent, epoch milliseconds.
        record_name: Names the topic it goes to.
        flaw: What is wrong with it, in `deploy.demo.mistakes`.
        reason: The dead letter's reason that must come of it.
        number: Tells records of one flaw apart.
    """

    at_ms: int
    record_name: str
    flaw: str
    reason: str
    number: int


@dataclass(frozen=True, slots=True)
class FollowLink:
    """A click on a link of a mail."""

    at_ms: int
    shopper: int
    decision_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """One-click unsubscription by the mail's List-Unsubscribe header (RFC 8058)."""

    at_ms: int
    shopper: int
    decision_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """Confirming an opt-in on the page that its mail leads to."""

    at_ms: int
    shopper: int
    decision_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Complain:
    """Calling a mail spam in one's mail reader, whose provider tells the sender (RFC 5965)."""

    at_ms: int
    shopper: int
    letter: "Letter"


Action = Emit | EmitBad | FollowLink | Unsubscribe | Complain | Confirm


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as its recipient has it.

    Attributes:
        decision_id: Of the `X-Nextbest-Decision` header.
        accepted_at_ms: Simulated time of acceptance, epoch milliseconds.
        unsubscribe_url: Of the `List-Unsubscribe` header; empty if there is none.
        links: Opens the mail and tells what can be clicked, in order of appearance.
        confirms: Tells the link that confirms an opt-in; empty in any mail but the one for it.
        mail: As it came over the wire.
    """

    decision_id: str
    accepted_at_ms: int
    unsubscribe_url: str
    links: Callable[[], tuple[str, ...]]
    confirms: Callable[[], str]
    mail: Mail
