"""The id of an event, read from its bytes without decoding the rest."""

import pytest

from deploy.demo.observer import event_id_of
from schemas.codec import Codec
from schemas.registry import BundledRegistry

CODEC = Codec(BundledRegistry())


@pytest.mark.parametrize("event_id", ["e", "d1-00042-00007", "x" * 63, "y" * 64, "ü" * 100])
def test_the_id_is_read_from_the_bytes(event_id: str) -> None:
    record = {"event_id": event_id, "occurred_at": 1, "subscriber_id": "ann", "anonymous_id": None}
    value = CODEC.encode("search", {**record, "query": "q", "category": None, "results": None})
    assert event_id_of(value) == event_id


@pytest.mark.parametrize(
    "value",
    [None, b"", b"\x00\x00", b"{}", b"\x00\x00\x00\x00\x01\xff\xff\xff", b"\0" * 5 + b"\x10ab"],
)
def test_what_is_no_event_has_no_id(value: bytes | None) -> None:
    assert event_id_of(value) is None
