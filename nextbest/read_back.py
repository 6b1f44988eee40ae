"""Reading personal records back from where they stood: their dead letters hold nothing of them."""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from nextbest.connections import PlaceReader
from nextbest.dead_letter_store import Letter, why_not_replayable
from runtime.settings import Settings
from schemas.errors import StopError


class ReadBackError(StopError):
    """The record of a dead letter can't be had any more; the message says why."""


class GoneRecordError(ReadBackError):
    """Nothing stands any more where the record stood."""


class OtherRecordError(ReadBackError):
    """Something else stands where the record stood."""


def read_back(reader: PlaceReader, letter: Letter) -> Letter:
    """Give the letter with its record's value and key, as if they had not been left out.

    A letter that holds its record is given as it is.

    Raises:
        GoneRecordError: The topic no longer holds it.
        OtherRecordError: What stands there has another SHA-256 than the letter says.
        KafkaAwayError: No broker answers.
    """
    if not letter.withheld:
        return letter
    topic, partition, offset = (letter.record[name] for name in ("topic", "partition", "offset"))
    place = f"{topic}, partition {partition}, offset {offset}"
    stored = reader.read(topic, partition, offset)
    if stored is None:
        raise GoneRecordError(
            f"the record is gone from {place}: the topic's retention has passed, or the topic was "
            "made anew. A dead letter keeps no copy of a personal record; have the product app "
            "send it again."
        )
    value = stored.value or b""
    if sha256(value).hexdigest() != letter.record["sha256"]:
        raise OtherRecordError(
            f"another record stands at {place} than the one set aside (its SHA-256 differs): the "
            "topic was made anew. A dead letter keeps no copy of a personal record; have the "
            "product app send it again."
        )
    whole = {**letter.record, "value": value, "key": stored.key, "truncated": False}
    return Letter(letter.letter_id, whole, letter.partitions)


def ready_to_replay(
    settings: Settings, letters: Iterable[Letter]
) -> Iterator[tuple[Letter, str | None]]:
    """Give each letter with its record, and why it can't be sent again; None where it can.

    Raises:
        KafkaAwayError: No broker answers.
    """
    with PlaceReader(settings) as reader:
        for letter in letters:
            why = why_not_replayable(settings, letter)
            if why is not None or not letter.withheld:
                yield letter, why
                continue
            try:
                whole = read_back(reader, letter)
            except ReadBackError as error:
                yield letter, str(error)
            else:
                yield whole, why_not_replayable(settings, whole)
