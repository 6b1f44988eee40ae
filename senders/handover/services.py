"""What handing over works with, and what its steps say to each other."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from runtime.mailbox import Address
from runtime.metrics import Metrics
from runtime.redis_client import Client
from schemas.codec import Record
from senders.clock import PipelineClock
from senders.handover.backoff import Backoffs
from senders.handover.crowds import Crowds
from senders.handover.facts import FactReader, Facts
from senders.handover.gate import kind_of
from senders.handover.ledger import Ledger
from senders.links.sent import Sent
from senders.mail.composer import Composer
from senders.pace.turns import Turns
from senders.recipients.address import AllowList
from senders.recipients.suppression import TRANSACTIONAL, digest_of
from senders.smtp.replies import Cause
from senders.volume.volume import Volume


@dataclass(frozen=True, slots=True)
class Services:
    """What handing over needs."""

    clock: PipelineClock
    facts: FactReader
    ledger: Ledger
    ledger_redis: Client
    turns: Turns
    volume: Volume
    crowds: Crowds
    composer: Composer
    metrics: Metrics
    allowed: AllowList
    namespace: str
    backoffs: Backoffs
    claim_grace_seconds: float


@dataclass(frozen=True, slots=True)
class Again:
    """To be tried again.

    Attributes:
        why: A short code, for logs and metrics.
        seconds: How long to wait; None for the backoff of a failure.
        cause: Whom the failure was about, which decides the backoff.
        asked: How long the server asked to wait, seconds; 0 where it didn't.
        left: How long the mail may still be sent, seconds.
        crowd: What it waits for, as in `senders.handover.crowds`, where any number may wait for
            the same; empty where it must be waited for by this ticket.
    """

    why: str
    seconds: float | None = None
    cause: Cause = Cause.OTHER
    asked: float = 0.0
    left: float = math.inf
    crowd: str = ""


@dataclass(frozen=True, slots=True)
class Clear:
    """Nothing stands against handing over, to this address, as of these facts."""

    address: Address
    facts: Facts


def sent_of(decision: Record, mailbox: str, provider: str, at_ms: int) -> Sent:
    """What is remembered of a decision's mail to a mailbox, leaving then."""
    return Sent(
        decision["decision_id"],
        decision["subscriber_id"],
        digest_of(mailbox),
        decision["message"],
        decision["stream"],
        provider,
        kind_of(decision),
        decision["flow"],
        at_ms,
    )


def asks(decision: Record) -> bool:
    """Whether a decision's mail asks to confirm an opt-in: it alone says for what purpose."""
    return kind_of(decision) == TRANSACTIONAL and bool(decision["content"].get("purpose"))


def may_be_resent(decision: Mapping[str, object]) -> bool:
    """Whether a mail of which nobody knows whether it left may leave once more."""
    return decision["resend_unknown"] is True and kind_of(decision) == TRANSACTIONAL
