"""`nextbest dlq` on Apache Kafka: nothing is listed twice, replayed twice, or replayed wrongly."""

import json
from hashlib import sha256
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from typer.testing import CliRunner, Result

from nextbest.cli import app
from nextbest.connections import PlaceReader
from runtime.settings import Settings, as_environment
from schemas.codec import Record
from tests.pipeline import Pipeline

pytestmark = pytest.mark.integration

BROWSE: Record = {
    "event_id": "b-1",
    "occurred_at": 1_756_684_800_000,
    "subscriber_id": "anna@example.com",
    "anonymous_id": None,
    "product_id": "shoes-1",
}


def run(pipeline: Pipeline, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, list(arguments), env=as_environment(pipeline.settings()), catch_exceptions=False
    )


def listed(pipeline: Pipeline, *arguments: str) -> list[dict[str, Any]]:
    result = run(pipeline, "dlq", "list", "--json", *arguments)
    assert result.exit_code == 0
    rows: list[dict[str, Any]] = json.loads(result.output)
    return rows


def letter(pipeline: Pipeline, offset: int, value: bytes, **changes: Any) -> Record:
    topic = pipeline.topology.name("events.browse")
    made = {
        "dead_letter_id": f"{topic}/0/{offset}",
        "topic": topic,
        "partition": 0,
        "offset": offset,
        "timestamp": 1_756_684_800_000 + offset,
        "stage": "intake",
        "reason": "truncated",
        "detail": "browse ends within its 5 bytes",
        "size_bytes": len(value),
        "sha256": sha256(value).hexdigest(),
        "value": value,
        "truncated": False,
        "key": b"anna",
        **changes,
    }
    made["dead_letter_id"] = f"{made['topic']}/{made['partition']}/{made['offset']}"
    return made


def put(pipeline: Pipeline, *letters: Record) -> None:
    producer = Producer(pipeline.client_config)
    for made in letters:
        producer.produce(
            pipeline.topology.name("dead-letters"),
            key=made["dead_letter_id"],
            value=pipeline.codec.encode("dead_letter", made),
        )
    assert producer.flush(30) == 0


def test_no_letters(pipeline: Pipeline) -> None:
    assert listed(pipeline) == []
    assert run(pipeline, "dlq", "list").output == "no dead letters\n"


def test_letters_are_listed_once_and_filtered(pipeline: Pipeline) -> None:
    first, second = letter(pipeline, 1, b"\0\0"), letter(pipeline, 2, b"{}", reason="wrong_magic")
    put(pipeline, first, second, first)
    assert [row["id"] for row in listed(pipeline)] == [
        first["dead_letter_id"],
        second["dead_letter_id"],
    ]
    assert [row["reason"] for row in listed(pipeline, "--reason", "wrong_magic")] == ["wrong_magic"]
    assert listed(pipeline, "--topic", "elsewhere") == []
    assert "wrong_magic" in run(pipeline, "dlq", "list").output


def test_a_letter_is_shown_without_personal_data(pipeline: Pipeline) -> None:
    made = letter(pipeline, 3, pipeline.codec.encode("browse", complete(pipeline)))
    put(pipeline, made)
    shown = run(pipeline, "dlq", "show", made["dead_letter_id"])
    assert shown.exit_code == 0
    assert "shoes-1" in shown.output
    assert "anna@example.com" not in shown.output
    assert "00000000  00 " in shown.output
    # The letter's own time and the event's, neither as a number.
    assert shown.output.count("2025-09-01 00:00:00Z") == 2
    assert "1756684800" not in shown.output
    assert "bytes more with --reveal" in shown.output
    revealed = run(pipeline, "dlq", "show", made["dead_letter_id"], "--reveal", "--json")
    assert json.loads(revealed.output)["decoded"]["subscriber_id"] == "anna@example.com"
    assert json.loads(revealed.output)["decoded"]["occurred_at"] == BROWSE["occurred_at"]
    assert json.loads(revealed.output)["timestamp"] == made["timestamp"]
    assert bytes.fromhex(json.loads(revealed.output)["value_hex"]) == made["value"]


def test_replay_sends_the_same_bytes_and_clears_the_list(pipeline: Pipeline) -> None:
    value = pipeline.codec.encode("browse", complete(pipeline))
    good = letter(pipeline, 4, value, key=b"a key of the app's own")
    put(pipeline, good, good)
    assert "would go" in run(pipeline, "dlq", "replay", "--all", "--dry-run").output
    assert list(pipeline.messages("events.browse")) == []

    assert run(pipeline, "dlq", "replay", good["dead_letter_id"]).exit_code == 0
    (message,) = pipeline.messages("events.browse")
    assert message.value() == value
    assert message.key() == b"a key of the app's own"
    assert listed(pipeline) == []
    put(pipeline, good)  # as a worker does that produces its predecessor's outbox again
    assert listed(pipeline) == []
    assert run(pipeline, "dlq", "replay", "--all").output.startswith("0 replayed, 0 skipped")
    assert len(list(pipeline.messages("events.browse"))) == 1


def test_what_cannot_be_replayed_stays_listed(pipeline: Pipeline) -> None:
    journal = pipeline.topology.name("journal")
    put(
        pipeline,
        letter(pipeline, 5, b"\0" * 99, truncated=True),
        letter(pipeline, 6, b""),
        letter(pipeline, 7, b"flow:welcome\x1fanna", topic=f"{journal}:timers"),
    )
    result = run(pipeline, "dlq", "replay", "--all")
    assert result.exit_code == 0
    assert result.output.count("stays: ") == 3
    assert result.output.endswith("3 can't be replayed\n")
    assert "only its first bytes were kept" in result.output
    assert len(listed(pipeline)) == 3
    assert list(pipeline.messages("events.browse")) == []


def test_what_would_come_back_is_skipped_unless_it_is_named(pipeline: Pipeline) -> None:
    value = pipeline.codec.encode("browse", complete(pipeline))
    good, cut = letter(pipeline, 9, value), letter(pipeline, 10, value[:-1])
    senseless = {**complete(pipeline), "event_id": "b-2", "price": -1.0}
    odd = letter(pipeline, 11, pipeline.codec.encode("browse", senseless), reason="bad_price")
    put(pipeline, good, cut, odd)
    assert [row["replay"].partition(": ")[2][:9] for row in listed(pipeline)] == [
        "",
        "truncated",
        "bad_price",
    ]

    result = run(pipeline, "dlq", "replay", "--all")
    assert result.exit_code == 0
    assert f"skipped: {cut['dead_letter_id']}: it would be set aside again" in result.output
    assert "1 replayed, 2 skipped as they would come back, 0 can't be replayed" in result.output
    assert [message.value() for message in pipeline.messages("events.browse")] == [value]
    assert [row["id"] for row in listed(pipeline)] == [
        cut["dead_letter_id"],
        odd["dead_letter_id"],
    ]

    assert run(pipeline, "dlq", "replay", cut["dead_letter_id"]).exit_code == 0
    assert len(list(pipeline.messages("events.browse"))) == 2


def test_an_event_set_aside_by_the_worker_goes_back_to_its_topic(pipeline: Pipeline) -> None:
    value = pipeline.codec.encode("browse", complete(pipeline))
    made = letter(pipeline, 8, value, topic=pipeline.topology.name("journal"), stage="worker")
    put(pipeline, made)
    assert run(pipeline, "dlq", "replay", made["dead_letter_id"]).exit_code == 0
    assert [m.value() for m in pipeline.messages("events.browse")] == [value]


def test_a_letter_that_is_none_of_ours_is_listed_all_the_same(pipeline: Pipeline) -> None:
    producer = Producer(pipeline.client_config)
    producer.produce(pipeline.topology.name("dead-letters"), key=b"x", value=b"garbage")
    assert producer.flush(30) == 0
    (row,) = listed(pipeline)
    assert row["reason"] == "unreadable_letter"


def test_a_personal_record_is_kept_out_and_read_back(pipeline: Pipeline) -> None:
    address = b"anna at shop.example"
    profile = {key: BROWSE[key] for key in ("event_id", "occurred_at", "anonymous_id")}
    profile |= {"subscriber_id": "anna", "address": address.decode()}
    value = pipeline.codec.encode("profile", profile)
    topic = pipeline.topology.name("events.profile")
    producer = Producer(pipeline.client_config)
    producer.produce(topic, partition=0, key=b"before it", value=b"{}")
    producer.produce(topic, partition=0, key=b"anna@example.com", value=value)
    producer.produce(topic, partition=0, key=b"after it", value=b"{}")
    assert producer.flush(30) == 0
    intake = pipeline.start("intake")
    pipeline.wait_until(lambda: len(listed(pipeline)) == 3, "the letters are there")
    assert intake.stop() == 0
    for message in pipeline.messages("dead-letters"):
        assert b"anna" not in message.value()

    letter_id = f"{topic}/0/1"
    (row,) = listed(pipeline, "--reason", "bad_address")
    assert row["replay"] == "possible while its topic keeps it"
    assert address.decode() not in run(pipeline, "dlq", "show", letter_id).output
    shown = json.loads(run(pipeline, "dlq", "show", letter_id, "--reveal", "--json").output)
    assert shown["decoded"]["address"] == address.decode()
    assert bytes.fromhex(shown["value_hex"]) == value

    trial = run(pipeline, "dlq", "replay", "--all", "--dry-run").output
    assert "0 would go, 3 skipped as they would come back" in trial
    named = run(pipeline, "dlq", "replay", letter_id, "--dry-run").output
    assert named == f"would go: {letter_id}\n"
    with PlaceReader(Settings(**pipeline.settings())) as reader:
        # Backwards, and where nothing is: what was fetched for one place answers for no other.
        found = [reader.read(topic, 0, offset) for offset in (2, 1, 3, 0, 9, 1)]
        assert reader.read(topic, 99, 0) is None
        assert reader.read(f"{topic}.none", 0, 0) is None
    assert [each and each.offset for each in found] == [2, 1, None, 0, None, 1]

    # Another record in its place, then none there any more.
    other = letter(pipeline, 2, b"another", topic=topic, truncated=True, key=None)
    put(pipeline, {**other, "value": b""})
    refused = run(pipeline, "dlq", "replay", f"{topic}/0/2")
    assert refused.exit_code == 1
    assert "SHA-256 differs" in refused.output

    assert run(pipeline, "dlq", "replay", letter_id).exit_code == 0
    replayed = [m for m in pipeline.messages("events.profile") if m.value() == value]
    assert [m.key() for m in replayed] == [b"anna@example.com"] * 2
    assert listed(pipeline, "--reason", "bad_address") == []

    admin = AdminClient(pipeline.client_config)
    for deleted in admin.delete_records([TopicPartition(topic, 0, 1)]).values():
        deleted.result(30)
    gone = run(pipeline, "dlq", "replay", f"{topic}/0/0")
    assert gone.exit_code == 1
    assert "the record is gone from" in gone.output
    assert "is gone from" in run(pipeline, "dlq", "show", f"{topic}/0/0", "--reveal").output


def complete(pipeline: Pipeline) -> Record:
    """Fill in what the schema has defaults for, by way of the emitter's own rules."""
    del pipeline
    return dict(BROWSE)
