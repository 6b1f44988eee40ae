"""Every key: of a subscriber, of a journal partition, and of what is stored in Redis."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from schemas.errors import DeadLetterError

ANONYMOUS_PREFIX = "anon:"
"""Marks the key of someone not yet known; no subscriber id may begin with it."""


def subscriber_key(record: Mapping[str, Any]) -> str:
    """The person a record is about: `subscriber_id`, else `anon:` and `anonymous_id`.

    Raises:
        DeadLetterError: `no_subscriber`, where the record names nobody.
    """
    subscriber = record.get("subscriber_id")
    if subscriber:
        return str(subscriber)
    anonymous = record.get("anonymous_id")
    if anonymous:
        return f"{ANONYMOUS_PREFIX}{anonymous}"
    raise DeadLetterError("no_subscriber", "neither subscriber_id nor anonymous_id is set")


def murmur2(data: bytes) -> int:
    """Austin Appleby's MurmurHash2, 32 bits, with the seed of Kafka's default partitioner.

    The same unsigned bits as `org.apache.kafka.common.utils.Utils.murmur2`.
    """
    length = len(data)
    value = 0x9747B28C ^ length
    whole = length & ~3
    for at in range(0, whole, 4):
        block = int.from_bytes(data[at : at + 4], "little") * 0x5BD1E995 & 0xFFFFFFFF
        block = (block ^ block >> 24) * 0x5BD1E995 & 0xFFFFFFFF
        value = value * 0x5BD1E995 & 0xFFFFFFFF ^ block
    if whole != length:
        value = (value ^ int.from_bytes(data[whole:], "little")) * 0x5BD1E995 & 0xFFFFFFFF
    value = (value ^ value >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    return value ^ value >> 15


# A subscriber's events come in bursts, and the hash costs 3 µs in Python: a bounded memory of
# recent ones makes it 0.1 µs for most.
@lru_cache(maxsize=65_536)
def journal_partition(key: str, partitions: int) -> int:
    """The journal partition of a subscriber key, as Kafka's Java client would choose it."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def code_partition(code: str, partitions: int) -> int:
    """The journal partition whose people a single-use code is given to."""
    return (murmur2(code.encode()) & 0x7FFFFFFF) % partitions


def state_tag(namespace: str, partition: int) -> str:
    """The Redis hash tag under which all state of a journal partition lives, such as `{p7}`.

    Redis Cluster places keys by what stands in the first braces
    (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags).
    """
    return f"{{{namespace}p{partition}}}"


def trainer_tag(namespace: str) -> str:
    """The Redis hash tag of the trainer's state: `{t0}`."""
    return f"{{{namespace}t0}}"


def recommender_tag(namespace: str) -> str:
    """The Redis hash tag of what recommendations are made from: `{t1}`."""
    return f"{{{namespace}t1}}"


def profile_key(tag: str, subscriber: str) -> str:
    """Where a subscriber's profile lives."""
    return f"{tag}:s:{subscriber}"


def contact_key(tag: str, subscriber: str) -> str:
    """Where a subscriber's contact record lives."""
    return f"{tag}:c:{subscriber}"


def meta_key(tag: str) -> str:
    """The hash of a partition's fence, offset and source offsets."""
    return f"{tag}:meta"


def timers_key(tag: str) -> str:
    """The sorted set of a partition's timers, by due time."""
    return f"{tag}:timers"


def waiting_key(tag: str) -> str:
    """The sorted set of who waits for what in a partition, by what it is."""
    return f"{tag}:waiting"


def outbox_key(tag: str) -> str:
    """The hash of what was committed and not yet produced."""
    return f"{tag}:outbox"


def codes_key(tag: str) -> str:
    """The hash of a partition's single-use codes, each with what has become of it."""
    return f"{tag}:codes"


def free_codes_key(tag: str) -> str:
    """The sorted set of a partition's codes that may be given, by offer, expiry and code."""
    return f"{tag}:codes:free"


def clock_key(namespace: str) -> str:
    """The driven clock's time, epoch milliseconds, in the state Redis."""
    return f"{namespace}clock"


def ledger_key(namespace: str, decision_id: str) -> str:
    """The claim on sending a decision's mail, in the ledger Redis."""
    return f"{namespace}ledger:{decision_id}"


def code_claim_key(namespace: str, code: str) -> str:
    """Which decision a single-use code left with, in the ledger Redis."""
    return f"{namespace}code:{code}"


def suppression_key(namespace: str, address: str) -> str:
    """The mark that an address must not be mailed, in the ledger Redis; holds only its hash."""
    return f"{namespace}suppressed:{address_hash(address)}"


def paused_key(namespace: str) -> str:
    """The set of what is paused (`all`, `flow:<name>`, `stream:<name>`), in the ledger Redis."""
    return f"{namespace}paused"


def address_hash(address: str) -> str:
    """SHA-256, hex, of an address without surrounding blanks and in lower case.

    Mailbox names may differ in case by RFC 5321, section 2.4, but no provider of note has two
    people there, and suppressing one too many is the safe side.
    """
    return sha256(address.strip().lower().encode()).hexdigest()
