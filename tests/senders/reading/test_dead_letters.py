from hashlib import sha256
from typing import Any

import pytest

from runtime.metrics import Metrics
from schemas.codec import Codec, Record
from schemas.dead_letters import MAX_KEPT_BYTES
from schemas.errors import DeadLetterError
from schemas.registry import BundledRegistry
from schemas.topics import Topology
from senders.reading.dead_letters import DeadLetters
from tests.schemas.samples import sample


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


CODEC = Codec(BundledRegistry())
DEAD_LETTERS = DeadLetters({}, CODEC, Topology(), Metrics())


def letter_of(value: bytes | None) -> Record:
    """The dead letter of a value, as it is read back."""
    message: Any = Read(value)
    letter = DEAD_LETTERS.letter(message, DeadLetterError("empty", "no value"))
    assert letter.topic == "dead-letters"
    read = CODEC.decode(letter.value)[1]
    assert letter.key.decode() == read["dead_letter_id"]
    return read


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, b""),
        (b"nonsense", b"nonsense"),
        (b"x" * (MAX_KEPT_BYTES + 1), b"x" * MAX_KEPT_BYTES),
    ],
)
def test_a_dead_letter_holds_what_was_read_and_where(value: bytes | None, kept: bytes) -> None:
    read = letter_of(value)
    assert read["dead_letter_id"] == "decisions/3/42"
    assert read["stage"] == "sender"
    assert read["timestamp"] == 1_700_000_000_000
    assert read["key"] == b"ann"
    assert read["value"] == kept
    assert read["truncated"] is (len(kept) < len(value or b""))
    assert read["size_bytes"] == len(value or b"")
    assert read["sha256"] == sha256(value or b"").hexdigest()


@pytest.mark.parametrize("cut", [0, 1])
def test_a_profile_that_strayed_among_the_decisions_is_not_kept(cut: int) -> None:
    value = CODEC.encode("profile", sample("profile"))
    read = letter_of(value[: len(value) - cut])
    assert (read["value"], read["key"], read["truncated"]) == (b"", None, True)
    assert read["size_bytes"] == len(value) - cut
