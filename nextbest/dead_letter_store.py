"""The dead letters as they stand in their topic: reading, finding and replaying them."""

from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from nextbest.connections import QUIET, KafkaAwayError, codec, read_whole, topology
from runtime.kafka_config import producer_config
from runtime.settings import Settings
from schemas.errors import DeadLetterError, StopError

FLUSH_SECONDS = 30.0


class UnknownLetterError(StopError):
    """No dead letter has this id, or it was replayed already."""


@dataclass(slots=True)
class Letter:
    """A dead letter.

    Attributes:
        record: As in `schemas/avro/dead_letter.avsc`.
        partitions: Where it stands in the dead-letters topic; a repeat may stand elsewhere.
    """

    letter_id: str
    record: dict[str, Any]
    partitions: set[int] = field(default_factory=set)

    @property
    def withheld(self) -> bool:
        """Whether the record is personal, so that the letter holds nothing of it."""
        return bool(self.record["truncated"]) and not self.record["value"]

    def matches(self, reason: str | None, topic: str | None) -> bool:
        """Tell whether the letter has this reason and source topic; None accepts any."""
        return reason in {None, self.record["reason"]} and topic in {None, self.record["topic"]}


def read_letters(settings: Settings) -> list[Letter]:
    """Read the dead letters not yet replayed, each once, oldest first.

    Raises:
        KafkaAwayError: No broker answers.
        NoTopicError: The topic has not been made.
    """
    decode = codec(settings).decode
    found: dict[str, Letter] = {}
    replayed: set[str] = set()
    for stored in read_whole(settings, topology(settings).for_record("dead_letter")):
        letter_id = (stored.key or b"").decode("utf-8", "backslashreplace")
        if stored.value is None:
            # A replayed record that fails again has a place and so an id of its own: once
            # replayed, an id never comes back.
            replayed.add(letter_id)
            continue
        letter = found.setdefault(letter_id, Letter(letter_id, {}))
        letter.partitions.add(stored.partition)
        letter.record = _read(decode, stored.value, stored.timestamp_ms, letter_id)
    letters = [letter for letter_id, letter in found.items() if letter_id not in replayed]
    return sorted(letters, key=lambda letter: (letter.record["timestamp"], letter.letter_id))


def _read(decode: Any, value: bytes, timestamp_ms: int, letter_id: str) -> dict[str, Any]:
    try:
        return dict(decode(value)[1])
    except DeadLetterError as error:
        # Not one of ours: shown all the same, since nothing may vanish.
        return {
            "dead_letter_id": letter_id,
            "topic": "",
            "partition": -1,
            "offset": -1,
            "timestamp": timestamp_ms,
            "stage": "",
            "reason": "unreadable_letter",
            "detail": f"the dead letter itself can't be read: {error}",
            "size_bytes": len(value),
            "sha256": "",
            "value": value,
            "truncated": False,
            "key": None,
        }


def find_letter(settings: Settings, letter_id: str) -> Letter:
    """Find one dead letter.

    Raises:
        UnknownLetterError: There is none of this id.
    """
    for letter in read_letters(settings):
        if letter.letter_id == letter_id:
            return letter
    raise UnknownLetterError(
        f"no dead letter has the id {letter_id!r}, or it was replayed already. "
        "`nextbest dlq list` lists them."
    )


def replay_target(settings: Settings, letter: Letter) -> str | None:
    """Name the events topic that a letter's record belongs to; None where there is none."""
    topics = topology(settings)
    source: str = letter.record["topic"]
    if source in topics.event_topics:
        return source
    if source != topics.name("journal"):
        return None
    try:
        name, _ = codec(settings).decode(letter.record["value"])
        target = topics.for_record(name)
    except (DeadLetterError, KeyError):
        return None
    return target if target in topics.event_topics else None


def why_not_replayable(settings: Settings, letter: Letter) -> str | None:
    """Tell why a letter can't be sent again; None where it can.

    A personal record that was left out is sent once it is read back; see `nextbest.read_back`.
    """
    if letter.withheld:
        topics = topology(settings)
        if letter.record["topic"] in {*topics.event_topics, topics.name("journal")}:
            return None
        return "it came from no events topic"
    if letter.record["truncated"]:
        return "only its first bytes were kept; send it from where it came from"
    if not letter.record["value"]:
        return "it has no value"
    if replay_target(settings, letter) is None:
        return "it came from no events topic"
    return None


def replay_letters(settings: Settings, letters: list[Letter]) -> None:
    """Send the original records again, then mark their letters as replayed by tombstones.

    A crash in between leaves letters on the list whose records went; replaying those once more
    changes nothing, as events are recognised by their ids.

    Raises:
        KafkaAwayError: Not everything was acknowledged; names what stays on the list.
    """
    producer = Producer({**producer_config(settings, client_id="nextbest-cli"), "log_level": QUIET})
    arrived: set[str] = set()
    for letter in letters:
        target = replay_target(settings, letter)
        assert target is not None, "callers ask why_not_replayable first"
        _produce(
            producer,
            arrived,
            letter.letter_id,
            topic=target,
            key=letter.record["key"],
            value=letter.record["value"],
        )
    producer.flush(FLUSH_SECONDS)
    _refuse_rest(letters, arrived, "was not acknowledged")
    marked: set[str] = set()
    for letter in letters:
        for partition in sorted(letter.partitions):
            _produce(
                producer,
                marked,
                letter.letter_id,
                topic=topology(settings).for_record("dead_letter"),
                partition=partition,
                key=letter.letter_id.encode(),
                value=None,
            )
    producer.flush(FLUSH_SECONDS)
    _refuse_rest(letters, marked, "was replayed but stays on the list")


def _produce(producer: Producer, done: set[str], letter_id: str, **record: Any) -> None:
    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is None:
            done.add(letter_id)

    while True:
        try:
            producer.produce(on_delivery=delivered, **record)
            producer.poll(0)
        except BufferError:  # the queue is full: let some leave
            producer.poll(0.1)
        else:
            return


def _refuse_rest(letters: list[Letter], done: set[str], what: str) -> None:
    rest = [letter.letter_id for letter in letters if letter.letter_id not in done]
    if rest:
        raise KafkaAwayError(f"{what}: {', '.join(rest)}. Try again when the brokers answer.")
