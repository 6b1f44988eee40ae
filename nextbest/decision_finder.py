"""Finding a decision in its topic, what the ledger says of it, and deciding it once more."""

from dataclasses import dataclass, field
from typing import Any

from models.decision.replay import replay
from nextbest.connections import codec, open_ledger, read_whole, topology
from runtime.redis_client import get_bytes
from runtime.settings import Settings
from schemas.errors import DeadLetterError, RetryError, StopError
from schemas.keys import ledger_key


@dataclass(slots=True)
class FoundDecision:
    """A decision as it stands in its topic.

    Attributes:
        record: As in `schemas/avro/decision.avsc`.
        value: Its bytes.
        places: topic/partition/offset of it and of its repeats.
        differing: Whether a repeat has other bytes, which must never be.
    """

    record: dict[str, Any]
    value: bytes
    places: list[str] = field(default_factory=list)
    differing: bool = False


def find_decision(settings: Settings, decision_id: str) -> FoundDecision | None:
    """Find a decision by its id, reading the whole topic.

    Raises:
        KafkaAwayError: No broker answers.
    """
    decode = codec(settings).decode
    wanted = decision_id.encode()
    found: FoundDecision | None = None
    for stored in read_whole(settings, topology(settings).for_record("decision")):
        # Looking for the bytes first spares decoding almost all of them.
        if stored.value is None or wanted not in stored.value:
            continue
        try:
            _, record = decode(stored.value)
        except DeadLetterError:
            continue
        if record.get("decision_id") != decision_id:
            continue
        if found is None:
            found = FoundDecision(record, stored.value)
        found.differing |= stored.value != found.value
        found.places.append(f"{stored.topic}/{stored.partition}/{stored.offset}")
    return found


async def ledger_state(settings: Settings, decision_id: str) -> str:
    """Tell what the ledger says of a decision, in words."""
    try:
        async with open_ledger(settings) as ledger:
            stored = await get_bytes(ledger, ledger_key(settings.namespace, decision_id))
    except RetryError as error:
        return f"not known: {error}"
    return "no entry" if stored is None else stored.decode("utf-8", "replace")


def replayed(settings: Settings, found: FoundDecision) -> str:
    """Decide once more from the record itself and tell whether the same comes out, in words."""
    if found.differing:
        return "different: the topic holds this id with other bytes too"
    try:
        again = replay(found.record)
    except StopError as error:
        return f"not possible: {error}"
    if codec(settings).encode("decision", again) == found.value:
        return "identical"
    fields = [name for name, value in again.items() if found.record.get(name) != value]
    return f"different in {', '.join(fields) or 'its encoding'}: the code has changed since"
