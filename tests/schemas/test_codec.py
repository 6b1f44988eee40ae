"""Bytes that are no record, and records that are no bytes."""

from typing import Any

import pytest

from schemas.codec import (
    HEADER_BYTES,
    MAX_DEAD_LETTER_BYTES,
    MAX_RECORD_BYTES,
    Codec,
    UndecodableError,
    UnwritableError,
)
from schemas.registry import BundledRegistry, UnknownSchemaError
from tests.schemas.samples import SAMPLES, sample

CODEC = Codec(BundledRegistry())
BROWSE = CODEC.encode("browse", sample("browse"))


def reason_of(data: bytes | None) -> str:
    with pytest.raises(UndecodableError) as caught:
        CODEC.decode(data)
    return caught.value.reason


def test_the_wire_format_is_confluents() -> None:
    # Magic byte, then schema id 1001, big-endian; then the event id's length, 36, zig-zag.
    assert BROWSE[:6] == b"\x00\x00\x00\x03\xe9\x48"


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_come_back(name: str) -> None:
    assert CODEC.decode(CODEC.encode(name, sample(name))) == (name, sample(name))


@pytest.mark.parametrize("data", [None, b""])
def test_empty_and_null_values(data: bytes | None) -> None:
    assert reason_of(data) == "empty"


@pytest.mark.parametrize("data", [b'{"type": "browse"}', b"\x01" + BROWSE[1:], b"\xff"])
def test_not_the_wire_format(data: bytes) -> None:
    assert reason_of(data) == "wrong_magic"


@pytest.mark.parametrize("length", range(1, len(BROWSE)))
def test_truncated_anywhere(length: int) -> None:
    assert reason_of(BROWSE[:length]) == "truncated"


def test_truncated_within_a_character() -> None:
    data = CODEC.encode("search", sample("search", query="ä"))
    at = data.index("ä".encode())

    assert reason_of(data[: at + 1]) == "truncated"


@pytest.mark.parametrize("schema_id", [0, 1, 999, 1002, 2**32 - 1])
def test_unknown_schema(schema_id: int) -> None:
    data = b"\0" + schema_id.to_bytes(4, "big") + BROWSE[HEADER_BYTES:]

    with pytest.raises(UnknownSchemaError) as caught:
        CODEC.decode(data)
    assert caught.value.reason == "unknown_schema"
    assert caught.value.schema_id == schema_id


def test_bytes_after_the_record() -> None:
    assert reason_of(BROWSE + b"\0") == "undecodable"


@pytest.mark.parametrize(
    "body",
    [
        b"\x01",  # a text of length -1
        b"\x02\xff" + b"\0" * 20,  # not UTF-8
        b"\x02a" + b"\xff" * 10 + b"\x01",  # a number beyond 64 bits
        b"\x02a\x02\x04",  # the third branch of a union of two
    ],
)
def test_not_following_the_schema(body: bytes) -> None:
    assert reason_of(BROWSE[:HEADER_BYTES] + body) == "undecodable"


def test_an_enum_symbol_that_is_none() -> None:
    cart = sample("cart", subscriber_id=None, event_id="", occurred_at=0)
    data = bytearray(CODEC.encode("cart", cart))
    at = HEADER_BYTES + 4
    assert data[at] == 0  # `add`
    data[at] = 6

    assert reason_of(bytes(data)) == "undecodable"


def test_oversized_to_read() -> None:
    long = BROWSE[:HEADER_BYTES] + b"\0" * MAX_RECORD_BYTES

    assert reason_of(long) == "oversized"


def test_oversized_to_write() -> None:
    record = sample("search", query="x" * MAX_RECORD_BYTES)

    with pytest.raises(UnwritableError) as caught:
        CODEC.encode("search", record)
    assert caught.value.reason == "oversized"


def test_a_dead_letter_holds_the_longest_record() -> None:
    letter = {
        "dead_letter_id": "t/0/1",
        "topic": "t",
        "partition": 0,
        "offset": 1,
        "timestamp": 0,
        "stage": "intake",
        "reason": "undecodable",
        "detail": "",
        "size_bytes": MAX_RECORD_BYTES,
        "sha256": "0" * 64,
        "value": b"\xff" * MAX_RECORD_BYTES,
        "truncated": False,
        "key": b"k" * 1000,
    }
    data = CODEC.encode("dead_letter", letter)

    assert MAX_RECORD_BYTES < len(data) < MAX_DEAD_LETTER_BYTES
    assert CODEC.decode(data) == ("dead_letter", letter)


@pytest.mark.parametrize(
    "record",
    [
        {"event_id": "e"},
        sample("browse", event_id=None),
        sample("browse", event_id=7),
        sample("browse", price="cheap"),
        sample("browse", occurred_at="yesterday"),
        sample("browse", occurred_at=2**63),
        sample("browse", product_id=["shoe"]),
        sample("browse", product_id="\ud800"),
    ],
)
def test_unwritable(record: dict[str, object]) -> None:
    with pytest.raises(UnwritableError) as caught:
        CODEC.encode("browse", record)
    assert caught.value.reason == "unwritable"


def test_refusals_quote_no_values() -> None:
    with pytest.raises(UnwritableError) as caught:
        CODEC.encode("profile", sample("profile", locale=["ann@example.com"]))
    assert "ann" not in caught.value.detail
    with pytest.raises(UndecodableError) as refused:
        CODEC.decode(CODEC.encode("profile", sample("profile"))[:60])
    assert "ann" not in refused.value.detail


@pytest.mark.parametrize("length", [HEADER_BYTES, HEADER_BYTES + 1, len(BROWSE)])
def test_a_record_is_named_however_little_of_it_can_be_read(length: int) -> None:
    assert CODEC.name_of(BROWSE[:length]) == "browse"


@pytest.mark.parametrize("data", [None, b"", BROWSE[:4], b"{}", b"\0\xff\xff\xff\xff..."])
def test_what_begins_as_no_record_has_no_name(data: bytes | None) -> None:
    assert CODEC.name_of(data) is None


@pytest.mark.parametrize("name", ["nope", "", None, []])
def test_records_that_do_not_exist_are_unwritable(name: Any) -> None:
    with pytest.raises(UnwritableError, match=r"there is no record .*; there are browse, cart"):
        CODEC.encode(name, {})


def test_nothing_is_no_record() -> None:
    nothing: Any = None
    with pytest.raises(UnwritableError):
        CODEC.encode("browse", nothing)
