"""Reading `decisions`: a thread that polls, hands over what is to be sent, and commits.

All calls of the consumer are made on this one thread. An offset is committed only when every
decision before it is finished and every event emitted for them is acknowledged by Kafka.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from runtime.logging import get_logger
from runtime.metrics import Metrics
from schemas.codec import Codec, Record
from schemas.emitter import Emitter, UndeliveredError
from schemas.errors import DeadLetterError
from senders.errors import LostDeliveryEventError
from senders.reading.aside import Aside
from senders.reading.batches import take_batch
from senders.reading.dead_letters import DeadLetters
from senders.reading.offsets import LowWatermarks, Place
from senders.reading.refetch import Refetch

BATCH = 100
POLL_SECONDS = 0.2
COMMIT_SECONDS = 0.5
FULL_SECONDS = 1.0
"""How long the thread waits for room before it pauses the partitions: pausing throws away what
librdkafka has fetched ahead, which is a waste for a moment's fullness."""
ROOM_SECONDS = 0.05
"""How often a full reader looks for room by itself. It is woken for room for a quarter of all only:
to be woken for each decision that ends costs both threads more than to read it."""
PARKED_PER_ACTIVE = 25
"""Decisions parked, for each that may be active: those that wait for turns and those that wait for
other things, each kind within its own bound (`WAITING_PER_ACTIVE`), and a few on their way."""
MOST_ASIDE = 500_000
"""Decisions of which only the place is kept; about 100 MB."""
log = get_logger(__name__)

Take = Callable[[Record, Message, Place], None]


class DecisionReader:
    """Reads decisions and keeps account of them.

    Args:
        config: The consumer's.
        topic: The decisions topic's full name.
        codec: Decodes them.
        emitter: Flushed before each commit.
        dead_letters: Takes what can't be decoded.
        metrics: Counts.
        max_active: How many decisions may be at work at once.
        take: Called, on this thread, with each decision to send.
        failed: Called, on this thread, once, with what ended it.
        alive: Called on each poll.
    """

    def __init__(
        self,
        config: dict[str, Any],
        topic: str,
        codec: Codec,
        emitter: Emitter,
        dead_letters: DeadLetters,
        metrics: Metrics,
        *,
        max_active: int,
        take: Take,
        failed: Callable[[BaseException], None],
        alive: Callable[[], None],
    ) -> None:
        self._consumer = Consumer({**config, "partition.assignment.strategy": "cooperative-sticky"})
        self._topic = topic
        self._codec = codec
        self._emitter = emitter
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._max_active = max_active
        self._take = take
        self._failed = failed
        self._alive = alive
        self._refetch = Refetch(config, topic)
        self._marks = LowWatermarks()
        self._aside = Aside()
        self._recalled: list[Place] = []
        self._changed = threading.Condition()
        self._active = 0
        self._parked = 0
        self._paused = False
        self._full = False
        self._draining = False
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="decisions", daemon=True)
        self.assigned = threading.Event()

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def drain(self) -> None:
        """Take nothing more; what is under way goes on and is still committed."""
        with self._changed:
            self._draining = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Commit what is finished, leave the group and end the thread."""
        with self._changed:
            self._stop = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def is_ours(self, place: Place) -> bool:
        """Whether the record's partition has stayed with this process since it was taken."""
        with self._changed:
            return self._marks.is_ours(place)

    def finish(self, place: Place) -> None:
        """Say that a record is finished and that what it led to was emitted."""
        with self._changed:
            self._marks.finish(place)
            self._leave(1)

    def abandon(self) -> None:
        """Say that a record was left unfinished."""
        with self._changed:
            self._leave(1)

    def lay_aside(self, place: Place, key: str, seconds: float) -> None:
        """Keep only a record's place for so long, as enough of them wait for the same."""
        with self._changed:
            if self._marks.is_ours(place):
                self._aside.lay(key, place, time.monotonic() + seconds)
            self._metrics.sender_aside.set(len(self._aside))
            self._leave(1)

    @property
    def aside(self) -> list[str]:
        """What records laid aside wait for; nothing while others are on their way back."""
        with self._changed:
            return [] if self._recalled else self._aside.keys

    def recall(self, key: str, count: int) -> None:
        """Take up to so many records that were laid aside for this anew."""
        with self._changed:
            self._recalled += self._aside.take(key, count, time.monotonic())
            self._metrics.sender_aside.set(len(self._aside))
            self._changed.notify_all()

    def park(self, change: int) -> None:
        """Say that a decision begins (1) or ends (-1) a long wait."""
        with self._changed:
            self._parked += change
            self._leave(change)

    def _leave(self, count: int) -> None:
        self._active -= count
        self._metrics.sender_in_flight.set(self._active + self._parked)
        if self._full and 4 * self._room() >= self._max_active:
            self._changed.notify_all()

    def _room(self) -> int:
        held = self._parked >= self._max_active * PARKED_PER_ACTIVE
        if self._draining or held or len(self._aside) >= MOST_ASIDE:
            return 0
        return max(0, self._max_active - self._active)

    def _run(self) -> None:
        try:
            self._consumer.subscribe(
                [self._topic],
                on_assign=self._on_assign,
                on_revoke=self._on_revoke,
                on_lost=self._on_lost,
            )
            self._loop()
            self._commit()
        except Exception as error:
            log.exception("reader_failed")
            self._failed(error)
        finally:
            self._refetch.close()
            self._consumer.close()

    def _loop(self) -> None:
        last_commit = time.monotonic()
        while not self._stop:
            self._alive()
            for message in self._poll():
                self._read(message)
            self._read_again()
            if time.monotonic() - last_commit >= COMMIT_SECONDS:
                self._commit()
                last_commit = time.monotonic()

    def _poll(self) -> list[Message]:
        with self._changed:
            room = self._room()
            if not room and not self._paused:
                room = self._wait_for_room()
        self._hold(hold=not room)
        # Polled while paused too: rebalances are handled in there.
        seconds = 0.0 if self._recalled and room else POLL_SECONDS
        return take_batch(self._consumer, min(BATCH, room), seconds)

    def _wait_for_room(self) -> int:
        until = time.monotonic() + FULL_SECONDS
        self._full = True
        while not (room := self._room()) and not self._stop and time.monotonic() < until:
            self._changed.wait(ROOM_SECONDS)
        self._full = False
        return room

    def _read_again(self) -> None:
        """Take what was recalled, as far as there is room."""
        with self._changed:
            ours = [place for place in self._recalled if self._marks.is_ours(place)]
            free = 0 if self._draining else max(0, self._max_active - self._active)
            batch, self._recalled = ours[: min(free, BATCH)], ours[min(free, BATCH) :]
        if not batch:
            return
        found, gone = self._refetch.fetch(batch)
        for place in gone:
            log.error("decision_gone", partition=place.partition, offset=place.offset)
            with self._changed:
                self._marks.finish(place)
        with self._changed:
            seen = {*gone, *(place for place, _message in found)}
            self._recalled = [place for place in batch if place not in seen] + self._recalled
            self._active += len(found)
        for place, message in found:
            self._take(self._decode(message), message, place)

    def _hold(self, *, hold: bool) -> None:
        if hold != self._paused:
            assignment = self._consumer.assignment()
            (self._consumer.pause if hold else self._consumer.resume)(assignment)
            self._paused = hold

    def _read(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            if error.fatal():
                raise KafkaException(error)
            log.warning("kafka_says", error=error.str())
            return
        with self._changed:
            if not self._marks.has(int(message.partition())):
                return  # given away while the batch was filled: its next owner reads it
            place = self._marks.take(int(message.partition()), int(message.offset()))
            self._active += 1
        try:
            record = self._decode(message)
        except DeadLetterError as problem:
            self._dead_letters.put(message, problem)
            self.finish(place)
            return
        self._metrics.sender_decisions_total.labels(action=record["action"]).inc()
        if record["action"] in {"hold", "wait"}:
            self.finish(place)
        else:
            self._take(record, message, place)

    def _decode(self, message: Message) -> Record:
        name, record = self._codec.decode(message.value())
        if name != "decision":
            raise DeadLetterError("wrong_record", f"a {name} in the decisions topic")
        if record["action"] not in {"send", "hold", "wait"}:
            raise DeadLetterError("bad_action", "the action is neither send nor hold nor wait")
        return record

    def _commit(self) -> None:
        with self._changed:
            found = self._marks.committable()
        if not found:
            return
        try:
            self._emitter.flush(5.0)
        except UndeliveredError as error:
            if error.failed:
                raise LostDeliveryEventError(error.failed) from error
            log.warning("kafka_slow", waiting=error.waiting)
            return
        offsets = [TopicPartition(self._topic, number, at) for number, at in found.items()]
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            # The next owner reads these again and finds them in the ledger.
            log.warning("commit_failed", error=error.args[0].str())
            return
        with self._changed:
            for number, at in found.items():
                self._marks.committed(number, at)

    def _on_assign(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        log.info("assigned", partitions=[partition.partition for partition in partitions])
        with self._changed:
            for partition in partitions:
                self._marks.assign(partition.partition)
            # New partitions come unpaused.
            self._paused = False
        self.assigned.set()

    def _on_revoke(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._commit()
        self._on_lost(_consumer, partitions)

    def _on_lost(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        log.info("given_away", partitions=[partition.partition for partition in partitions])
        with self._changed:
            for partition in partitions:
                self._marks.revoke(partition.partition)
            self._aside.keep(self._marks.is_ours)
            self._metrics.sender_aside.set(len(self._aside))
            self._changed.notify_all()
