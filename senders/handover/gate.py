"""Whether a decision's mail may leave now: the last check before it does, a pure function.

Whoever calls it has read everything it looks at; what could not be read is no input, so nothing
passes here by default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.mailbox import Address, parse_address
from senders.recipients.address import AllowList
from senders.recipients.preferences import is_off, paused_until_ms, zone_of
from senders.recipients.standing import standing
from senders.recipients.suppression import (
    MARKETING,
    PAUSED_UNTIL,
    TOPIC_OFF,
    TRANSACTIONAL,
    Suppression,
)

PAUSED_ALL = "all"
SUPERSEDED = "superseded"
UNTRUE = {
    "gone": "none of the products it is about can be bought any more",
    "sold_out": "the product it tells of can't be bought any more",
    "price_changed": "the product it tells of costs more by now",
}
"""Statuses of mails of which something is true no more, with what it is."""
_OF_WISHES = {
    PAUSED_UNTIL: ("paused", "the person has paused mail"),
    TOPIC_OFF: ("no_consent", "the person has turned its topic off"),
}
"""What a wish of the person's ends a mail as. Never `suppressed`: that would rule out all mail."""


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


def kind_of(decision: Mapping[str, Any]) -> str:
    """Marketing or transactional: a mail that carries an offer is marketing, whatever it says."""
    promotes = decision["offer"] != "none" or bool(decision["content"].get("code"))
    return TRANSACTIONAL if decision["kind"] == TRANSACTIONAL and not promotes else MARKETING


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
    if _offer_has_ended(decision, now_ms):
        return Refused(SUPERSEDED, "the offer it tells of has ended")
    if now_ms >= decision["expires_at"]:
        return Refused("paused" if paused else "expired", paused or "expired before it could leave")
    address = parse_address(contact["address"]) if contact else None
    if contact is None or address is None:
        known = contact is not None and contact["address"]
        return Refused("no_contact", "no address that mail can go to" if known else "no address")
    if decision["decided_at"] <= contact["cancelled"].get(decision["flow"], 0):
        return Refused(SUPERSEDED, "the person did since what its flow ends with")
    refused = _unwanted(contact, decision, suppressions, now_ms)
    if refused is None and not allowed.allows(address):
        refused = Refused("not_allowed", "the recipient is not on the allow-list")
    if refused is None and untrue:
        refused = Refused(untrue, UNTRUE[untrue])
    if refused is not None:
        return refused
    return Wait(paused) if paused else Go(address)


def _offer_has_ended(decision: Mapping[str, Any], now_ms: int) -> bool:
    ends = decision["content"].get("offer_ends_at", "")
    return ends.isdecimal() and now_ms >= int(ends)


def _unwanted(
    contact: Mapping[str, Any],
    decision: Mapping[str, Any],
    suppressions: Sequence[Suppression],
    now_ms: int,
) -> Refused | None:
    kind, topic, consented_ms = kind_of(decision), decision["topic"], 0
    if kind == MARKETING:
        consent = contact["consent"].get(MARKETING)
        if consent is None or not consent["granted"]:
            return Refused("no_consent", f"no consent to {MARKETING}")
        consented_ms = consent["at"]
    found = standing(suppressions, kind, topic, consented_ms, now_ms)
    if found is not None:
        wish = TOPIC_OFF if found.reason.startswith(TOPIC_OFF) else found.reason
        return Refused(*_OF_WISHES.get(wish, ("suppressed", found.reason)))
    if kind == MARKETING and _paused_ms(contact) > now_ms:
        return Refused(*_OF_WISHES[PAUSED_UNTIL])
    if kind == MARKETING and is_off(contact["preferences"], topic):
        return Refused(*_OF_WISHES[TOPIC_OFF])
    return None


def _paused_ms(contact: Mapping[str, Any]) -> float:
    return paused_until_ms(contact["preferences"], zone_of(contact))


def _pause(decision: Mapping[str, Any], pauses: frozenset[str]) -> str:
    if PAUSED_ALL in pauses:
        return "all sending is paused"
    for what in ("flow", "stream"):
        if f"{what}:{decision[what]}" in pauses:
            return f"{what} {decision[what]} is paused"
    return ""
