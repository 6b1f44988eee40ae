from hashlib import sha256
from typing import Any

import pytest

from schemas.codec import MAX_RECORD_BYTES, Codec
from schemas.registry import BundledRegistry
from senders.dead_letters import dead_letter


class Read:
    """A consumed record."""

    def __init__(self, value: bytes | None) -> None:
        self._value = value

    def value(self) -> bytes | None:
        return self._value

    def key(self) -> bytes:
        return b"ann"

    def topic(self) -> str:
        return "decisions"

    def partition(self) -> int:
        return 3

    def offset(self) -> int:
        return 42

    def timestamp(self) -> tuple[int, int]:
        return (1, 1_700_000_000_000)


@pytest.mark.parametrize(
    ("value", "kept"),
    [(None, b""), (b"nonsense", b"nonsense"), (b"x" * (MAX_RECORD_BYTES + 1), b"x" * 1024)],
)
def test_a_dead_letter_holds_what_was_read_and_where(value: bytes | None, kept: bytes) -> None:
    message: Any = Read(value)
    letter = dead_letter(message, "empty", "no value")
    _name, read = Codec(BundledRegistry()).decode(
        Codec(BundledRegistry()).encode("dead_letter", letter)
    )
    assert read["dead_letter_id"] == "decisions/3/42"
    assert read["stage"] == "sender"
    assert read["value"] == kept
    assert read["truncated"] is (len(kept) < len(value or b""))
    assert read["size_bytes"] == len(value or b"")
    assert read["sha256"] == sha256(value or b"").hexdigest()
