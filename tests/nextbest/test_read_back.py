"""Dead letters of personal records, and having their records back."""

from typing import Any

import pytest

from nextbest.connections import Stored
from nextbest.dead_letter_store import Letter, why_not_replayable
from nextbest.read_back import GoneRecordError, OtherRecordError, read_back
from runtime.settings import load_settings
from schemas.dead_letters import Placed, dead_letter
from schemas.errors import DeadLetterError

VALUE = b"whatever ann@shop.example told"


class FakeReader:
    """What stands where it is looked for."""

    def __init__(self, value: bytes | None, *, gone: bool = False) -> None:
        self.asked: list[tuple[str, int, int]] = []
        self._value = value
        self._gone = gone

    def read(self, topic: str, partition: int, offset: int) -> Stored | None:
        self.asked.append((topic, partition, offset))
        if self._gone:
            return None
        return Stored(topic, partition, offset, 1, b"the app's key", self._value)


def letter(*, personal: bool = True, topic: str = "events.profile", value: bytes = VALUE) -> Letter:
    made = dead_letter(
        DeadLetterError("bad_address", "address is no e-mail address"),
        "intake",
        Placed(topic, 2, 17, 1, b"the app's key", value),
        personal=personal,
    )
    return Letter(made["dead_letter_id"], made, {0})


def test_a_personal_record_is_read_back_from_its_place() -> None:
    reader: Any = FakeReader(VALUE)
    found = letter()
    whole = read_back(reader, found)
    assert reader.asked == [("events.profile", 2, 17)]
    assert found.withheld
    assert not whole.withheld
    assert (whole.letter_id, whole.partitions) == (found.letter_id, {0})
    kept_whole = letter(personal=False)
    assert whole.record == kept_whole.record


def test_a_letter_that_holds_its_record_is_not_read_back() -> None:
    reader: Any = FakeReader(b"another")
    found = letter(personal=False)
    assert read_back(reader, found) is found
    assert reader.asked == []


def test_a_record_past_its_topics_retention_is_said_to_be_gone() -> None:
    reader: Any = FakeReader(None, gone=True)
    with pytest.raises(GoneRecordError, match=r"gone from events\.profile, partition 2, offset 17"):
        read_back(reader, letter())


@pytest.mark.parametrize("value", [None, b"", VALUE + b"x"])
def test_another_record_in_its_place_is_not_taken_for_it(value: bytes | None) -> None:
    reader: Any = FakeReader(value)
    with pytest.raises(OtherRecordError, match="SHA-256 differs") as caught:
        read_back(reader, letter())
    assert "ann@" not in str(caught.value)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (letter(), None),
        (letter(topic="journal"), None),
        (letter(topic="outcomes"), "it came from no events topic"),
        (letter(value=b""), "it has no value"),
        (letter(personal=False, value=b"x" * 70_000), "only its first bytes were kept"),
    ],
)
def test_what_can_be_replayed_once_it_is_read_back(found: Letter, why: str | None) -> None:
    said = why_not_replayable(load_settings(), found)
    assert said == why if why is None else why in str(said)
    assert found.withheld == (found.record["truncated"] and found.record["size_bytes"] < 70_000)
