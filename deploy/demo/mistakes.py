"""Bad records, made on purpose: each with the dead letter's reason that must come of it."""

from collections.abc import Callable
from typing import Final

from deploy.demo.actions import EmitBad, Record
from schemas.codec import Codec

FLAWS: Final[dict[str, tuple[str, str]]] = {
    # flaw: record name (the topic it goes to), expected reason
    "nothing": ("browse", "empty"),
    "cut short": ("browse", "truncated"),
    "JSON instead of Avro": ("search", "wrong_magic"),
    "unheard-of schema": ("cart", "unknown_schema"),
    "garbage after the id": ("purchase", "undecodable"),
    "no event id": ("browse", "no_event_id"),
    "nobody": ("cart", "no_subscriber"),
    "seconds for milliseconds": ("browse", "ancient"),
    "next century": ("search", "future"),
    "half a dozen less": ("cart", "bad_quantity"),
    "consent without proof": ("consent", "no_proof"),
    "not an address": ("profile", "bad_address"),
    "no such time zone": ("profile", "bad_time_zone"),
}

_BASE: Final[dict[str, Record]] = {
    "browse": {"product_id": "P0001", "category": "books", "price": 9.95, "session_id": None},
    "cart": {
        "action": "add",
        "product_id": "P0001",
        "category": "books",
        "price": 9.95,
        "quantity": 1,
        "session_id": None,
    },
    "search": {"query": "anything", "category": None, "results": None, "session_id": None},
    "consent": {
        "action": "opt_in",
        "purpose": "marketing",
        "preferences": {},
        "proof": None,
        "decision_id": None,
    },
    "profile": {"address": None, "locale": None, "time_zone": None, "attributes": {}},
}

_CHANGES: Final[dict[str, Callable[[EmitBad], Record]]] = {
    "no event id": lambda _: {"event_id": ""},
    "nobody": lambda _: {"subscriber_id": None, "anonymous_id": None},
    "seconds for milliseconds": lambda bad: {"occurred_at": bad.at_ms // 1000},
    "next century": lambda _: {"occurred_at": 4_102_444_800_000},
    "half a dozen less": lambda _: {"quantity": -6},
    "consent without proof": lambda _: {},
    "not an address": lambda _: {"address": "Ada at home"},
    "no such time zone": lambda _: {"time_zone": "Middle/Earth"},
}


def make_bad(at_ms: int, number: int) -> EmitBad:
    """Choose the flaws in turn: `number` counts the bad records of a run."""
    flaw = list(FLAWS)[number % len(FLAWS)]
    record_name, reason = FLAWS[flaw]
    return EmitBad(at_ms, record_name, flaw, reason, number)


def bad_bytes(bad: EmitBad, codec: Codec) -> bytes | None:
    """Make the record's value as it goes over the wire; None is a null value."""
    if bad.flaw == "nothing":
        return None if bad.number % 2 else b""
    if bad.flaw == "cut short":
        return b"\x00\x00\x00"
    if bad.flaw == "JSON instead of Avro":
        return b'{"type": "search", "query": "anything"}'
    if bad.flaw == "unheard-of schema":
        return b"\x00\x7f\xff\xff\xfd" + b"\x00" * 16
    good: Record = {
        "event_id": f"bad-{bad.number}",
        "occurred_at": bad.at_ms,
        "subscriber_id": f"nobody-{bad.number}",
        "anonymous_id": None,
    }
    if bad.flaw == "garbage after the id":
        head = codec.encode("browse", {**good, **_BASE["browse"]})[:5]
        return head + b"\xff" * 24
    return codec.encode(
        bad.record_name, {**good, **_BASE[bad.record_name], **_CHANGES[bad.flaw](bad)}
    )
