"""Whether a decision's mail may leave now: the last check before it does, a pure function.

Whoever calls it has read everything it looks at; what could not be read is no input, so nothing
passes here by default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.mailbox import Address, parse_address
from runtime.pauses import stream_member
from senders.recipients.address import AllowList
from senders.recipients.suppression import Suppression

MARKETING = "marketing"
PAUSED_ALL = "all"
UNTRUE = {
    "gone": "none of the products it is about can be bought any more",
    "sold_out": "the product it tells of can't be bought any more",
    "price_changed": "the product it tells of costs more by now",
}
"""Statuses of mails of which something is true no more, with what it is."""


@dataclass(frozen=True, slots=True)
class Go:
    """The mail may leave, to this address."""

    address: Address


@dataclass(frozen=True, slots=True)
class Refused:
    """The mail never leaves.

    Attributes:
        status: The `delivery` status to report.
        detail: Why, in words; holds no address.
    """

    status: str
    detail: str


@dataclass(frozen=True, slots=True)
class Wait:
    """The mail may not leave now; it may later, until it expires."""

    detail: str


def check(
    contact: Mapping[str, Any] | None,
    decision: Mapping[str, Any],
    suppressions: Sequence[Suppression],
    pauses: frozenset[str],
    allowed: AllowList,
    now_ms: int,
    *,
    untrue: str,
) -> Go | Refused | Wait:
    """Whether the decision's mail may leave.

    Args:
        contact: The person's contact record, or None where there is none.
        decision: A decision to send.
        suppressions: What is on record against the address or the person.
        pauses: What is paused: `all`, `flow:<name>`, `stream:<name>`.
        allowed: Who may receive mail at all.
        now_ms: The pipeline's time, epoch milliseconds.
        untrue: What of it is true no more, as `senders.mail.content.untrue` says, or empty.
    """
    paused = _pause(decision, pauses)
    if now_ms >= decision["expires_at"]:
        return Refused("paused" if paused else "expired", paused or "expired before it could leave")
    address = parse_address(contact["address"]) if contact else None
    if contact is None or address is None:
        known = contact is not None and contact["address"]
        return Refused("no_contact", "no address that mail can go to" if known else "no address")
    refused = _unwanted(contact, suppressions)
    if refused is None and not allowed.allows(address):
        refused = Refused("not_allowed", "the recipient is not on the allow-list")
    if refused is None and untrue:
        refused = Refused(untrue, UNTRUE[untrue])
    if refused is not None:
        return refused
    return Wait(paused) if paused else Go(address)


def _unwanted(contact: Mapping[str, Any], suppressions: Sequence[Suppression]) -> Refused | None:
    consent = contact["consent"].get(MARKETING)
    if consent is None or not consent["granted"]:
        return Refused("no_consent", f"no consent to {MARKETING}")
    for suppression in suppressions:
        if suppression.stands(consent["at"]):
            return Refused("suppressed", suppression.reason)
    return None


def _pause(decision: Mapping[str, Any], pauses: frozenset[str]) -> str:
    if PAUSED_ALL in pauses:
        return "all sending is paused"
    if f"flow:{decision['flow']}" in pauses:
        return f"flow {decision['flow']} is paused"
    stream = decision.get("stream", MARKETING)
    if stream_member(stream) in pauses:
        return f"stream {stream} is stopped or paused"
    return ""
