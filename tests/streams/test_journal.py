"""Intake's pure half: what is passed on, under which key, and what is put aside."""

from hashlib import sha256

import pytest

from models.step import Record
from runtime.metrics import Metrics
from schemas.dead_letters import MAX_KEPT_BYTES
from schemas.keys import journal_partition
from schemas.source import unpack_source
from streams.journal import Journaling
from tests.streams.records import CODEC, NOW_MS, TOPOLOGY, FakeRecord, browse

METRICS = Metrics()
JOURNALING = Journaling(
    CODEC,
    TOPOLOGY,
    {topic: f"id-of-{topic}" for topic in TOPOLOGY.event_topics},
    METRICS,
)


def take(value: bytes | None, topic: str = "events.browse") -> tuple[str, Record, bytes]:
    """Journal one record; return the topic it leaves to, its decoded value and its key."""
    leaving = JOURNALING.journal(topic, 3, FakeRecord(70, value, b"any key"), NOW_MS)
    return leaving.topic, CODEC.decode(leaving.value)[1], leaving.key


def test_an_event_keeps_its_bytes_and_gets_key_partition_and_source() -> None:
    value = CODEC.encode("browse", browse(1))
    leaving = JOURNALING.journal("events.browse", 3, FakeRecord(70, value, b"any key"), NOW_MS)
    assert leaving.topic == "journal"
    assert leaving.value == value
    assert leaving.key == b"ann"
    assert leaving.partition == journal_partition("ann", TOPOLOGY.journal_partitions)
    source = unpack_source(leaving.source)
    assert (source.topic, source.partition, source.offset) == ("events.browse", 3, 70)
    assert source.topic_id == "id-of-events.browse"


def test_someone_unknown_is_keyed_by_the_anonymous_id() -> None:
    event = browse(1, subscriber_id=None, anonymous_id="c1")
    assert take(CODEC.encode("browse", event))[2] == b"anon:c1"


def test_an_identify_goes_to_the_anonymous_profile_first() -> None:
    event = {
        "event_id": "i",
        "occurred_at": NOW_MS,
        "subscriber_id": "ann",
        "anonymous_id": "c1",
    }
    assert take(CODEC.encode("identify", event), "events.identify")[2] == b"anon:c1"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"not avro", "wrong_magic"),
        (b"\0\0\0", "truncated"),
        (b"\0\x7f\xff\xff\xffabc", "unknown_schema"),
        (CODEC.encode("browse", browse(1))[:-3], "truncated"),
        (CODEC.encode("browse", browse(1)) + b"x", "undecodable"),
        (CODEC.encode("browse", browse(1, event_id="")), "no_event_id"),
        (CODEC.encode("browse", browse(1, subscriber_id=None)), "no_subscriber"),
        (CODEC.encode("browse", browse(1, occurred_at=5)), "ancient"),
        (CODEC.encode("browse", browse(1, occurred_at=NOW_MS + 2 * 86_400_000)), "future"),
        (CODEC.encode("browse", browse(1, price=-1.0)), "bad_price"),
        (CODEC.encode("browse", browse(1, price=float("nan"))), "bad_price"),
        (CODEC.encode("search", {**browse(1), "query": "q"}), "wrong_topic"),
    ],
)
def test_bad_records_become_dead_letters_with_their_reason(
    value: bytes | None, reason: str
) -> None:
    counted = METRICS.dead_letters_total.labels(stage="intake", reason=reason)
    before = counted._value.get()
    topic, letter, key = take(value)
    assert counted._value.get() == before + 1
    assert topic == "dead-letters"
    assert letter["reason"] == reason
    assert letter["dead_letter_id"] == "events.browse/3/70"
    assert key == b"events.browse/3/70"
    assert letter["value"] == (value or b"")
    assert letter["stage"] == "intake"


PROFILE: Record = {
    "event_id": "p",
    "occurred_at": NOW_MS,
    "subscriber_id": "ann",
    "address": "ann@shop.example",
    "time_zone": "Europe/Berlin",
}
PERSONAL = CODEC.encode("profile", PROFILE)


def with_field(**fields: object) -> bytes:
    """A profile event that some field makes invalid."""
    return CODEC.encode("profile", {**PROFILE, **fields})


@pytest.mark.parametrize(
    ("topic", "value", "reason"),
    [
        ("events.profile", with_field(address="ann at shop"), "bad_address"),
        ("events.profile", with_field(time_zone="ann@shop.example"), "bad_time_zone"),
        ("events.profile", with_field(locale="ann@shop.example"), "bad_locale"),
        ("events.profile", with_field(attributes={"ann@shop.example\n": "x"}), "bad_id"),
        ("events.profile", with_field(attributes={"x": "ann@shop.example\0"}), "bad_text"),
        ("events.profile", with_field(subscriber_id=None), "no_subscriber"),
        ("events.profile", with_field(event_id=""), "no_event_id"),
        ("events.profile", PERSONAL[:-3], "truncated"),
        ("events.profile", PERSONAL + b"ann@shop.example", "undecodable"),
        ("events.profile", b"\0\x7f\xff\xff\xff" + PERSONAL[5:], "unknown_schema"),
        ("events.profile", b'{"address": "ann@shop.example"}', "wrong_magic"),
        ("events.profile", b"ann@shop.example" * 20_000, "wrong_magic"),
        ("events.profile", CODEC.encode("browse", browse(1)), "wrong_topic"),
        ("events.browse", PERSONAL, "wrong_topic"),
        ("events.browse", PERSONAL[:-3], "truncated"),
        ("events.browse", PERSONAL + b"ann@shop.example", "undecodable"),
        ("events.browse", PERSONAL[:5] + b"ann@shop.example" * 20_000, "oversized"),
    ],
)
def test_of_a_personal_record_only_hash_size_and_place_are_kept(
    topic: str, value: bytes, reason: str
) -> None:
    record = FakeRecord(70, value, b"ann@shop.example")
    leaving = JOURNALING.journal(topic, 3, record, NOW_MS)
    letter = CODEC.decode(leaving.value)[1]
    assert (leaving.topic, letter["reason"]) == ("dead-letters", reason)
    assert b"shop" not in leaving.value
    assert (letter["value"], letter["key"], letter["truncated"]) == (b"", None, True)
    assert letter["dead_letter_id"] == f"{topic}/3/70"
    assert letter["size_bytes"] == len(value)
    assert letter["sha256"] == sha256(value).hexdigest()


def test_an_empty_record_among_profiles_is_whole_but_for_its_key() -> None:
    _, letter, _ = take(None, "events.profile")
    assert (letter["value"], letter["key"], letter["truncated"]) == (b"", None, False)


def test_what_can_not_be_known_to_be_personal_is_kept() -> None:
    value = b'{"address": "ann@shop.example"}'
    _, letter, _ = take(value, "events.browse")
    assert (letter["value"], letter["key"], letter["truncated"]) == (value, b"any key", False)


def test_an_oversized_record_is_kept_as_hash_size_and_prefix() -> None:
    value = b"\0" * 300_000
    _, letter, _ = take(value)
    assert letter["truncated"]
    assert letter["size_bytes"] == 300_000
    assert len(letter["value"]) == MAX_KEPT_BYTES
