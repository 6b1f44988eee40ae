"""The journal's source header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.source import BadSourceError, Source, pack_source, unpack_source

IDS = st.text("ABCabc012-_", min_size=1, max_size=40)


@given(IDS, IDS, st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1))
def test_comes_back(topic_id: str, topic: str, partition: int, offset: int) -> None:
    found = unpack_source(pack_source(topic_id, topic, partition, offset))

    assert found == Source(topic_id, topic, partition, f"{topic_id}:{partition}", offset)


def test_a_topic_made_again_is_another_stream() -> None:
    old = unpack_source(pack_source("id-1", "events.browse", 3, 5))
    new = unpack_source(pack_source("id-2", "events.browse", 3, 5))

    assert old.stream != new.stream


@pytest.mark.parametrize("header", [None, b"", b"\0" * 14])
def test_missing_or_too_short(header: bytes | None) -> None:
    with pytest.raises(BadSourceError) as caught:
        unpack_source(header)
    assert caught.value.reason == "bad_source"


@given(st.binary(max_size=60))
def test_noise_is_refused_or_read_but_never_worse(noise: bytes) -> None:
    try:
        found = unpack_source(noise)
    except BadSourceError:
        return
    assert pack_source(found.topic_id, found.topic, found.partition, found.offset) == noise


def test_another_version_is_refused() -> None:
    header = bytearray(pack_source("id", "t", 0, 0))
    header[8] = 2

    with pytest.raises(BadSourceError, match="version 2"):
        unpack_source(bytes(header))
