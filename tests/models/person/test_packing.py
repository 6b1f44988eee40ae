"""What is packed comes back, and damage is told."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.person.packing import packed, unpacked

ARRAYS = st.lists(st.integers(0, 300) | st.text(max_size=40) | st.binary(max_size=40)).map(
    msgspec.msgpack.encode
)


@given(ARRAYS)
def test_what_is_packed_comes_back_no_longer(data: bytes) -> None:
    short = packed(data)
    assert len(short) <= len(data)
    assert unpacked(short) == data
    assert packed(data) == short


def test_what_comes_again_is_stored_once() -> None:
    data = msgspec.msgpack.encode(["browse_abandonment"] * 50)
    assert len(packed(data)) < len(data) / 5


def test_bytes_from_before_are_read_as_they_are() -> None:
    data = msgspec.msgpack.encode(["browse_abandonment"] * 50)
    assert unpacked(data) == data


@pytest.mark.parametrize("block", [b"", b"\x05", b"\x05\x00", b"\xff\xff\xff\xff\x0f\x00"])
def test_damage_is_told(block: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(b"S" + block)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_told(block: bytes) -> None:
    try:
        unpacked(b"S" + block)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - the other half of what may happen
