"""What the commands for people connect with, and what they say when a server doesn't answer."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from runtime.kafka_config import consumer_config
from runtime.redis_client import Client, RedisAwayError, connect_ledger, connect_state
from runtime.settings import Settings
from schemas.codec import Codec
from schemas.errors import RetryError, StopError
from schemas.registry import open_registry
from schemas.topics import Topology

ANSWER_SECONDS = 15.0
QUIET = 0
"""librdkafka's log level for commands that tell of failures themselves."""
_PARTITION_END = KafkaError._PARTITION_EOF  # noqa: SLF001  its public name


class KafkaAwayError(RetryError):
    """No broker answers."""


class NoTopicError(StopError):
    """The topic isn't there."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it stands in a topic.

    Attributes:
        timestamp_ms: The broker's timestamp, epoch milliseconds.
        value: None for a tombstone.

    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None


def topology(settings: Settings) -> Topology:
    """Give the topics' names for these settings."""
    return Topology(settings.namespace, settings.kafka.journal_partitions)


def codec(settings: Settings) -> Codec:
    """Give the codec for these settings."""
    return Codec(open_registry(settings.schema_registry_url, topology(settings)))


@asynccontextmanager
async def open_state(settings: Settings) -> AsyncIterator[Client]:
    """Open the state Redis for a command.

    Raises:
        RedisAwayError: It doesn't answer.

    """
    async with _closing(connect_state(settings), "state") as client:
        yield client


@asynccontextmanager
async def open_ledger(settings: Settings) -> AsyncIterator[Client]:
    """Open the ledger Redis for a command.

    Raises:
        RedisAwayError: It doesn't answer.

    """
    async with _closing(connect_ledger(settings), "ledger") as client:
        yield client


@asynccontextmanager
async def _closing(client: Client, what: str) -> AsyncIterator[Client]:
    try:
        yield client
    except (RedisConnectionError, RedisTimeoutError, OSError) as error:
        raise RedisAwayError(
            f"the {what} Redis does not answer: {error}. "
            f"Check NEXTBEST_REDIS__{what.upper()}_URL and the server."
        ) from error
    finally:
        await client.aclose()


def read_whole(settings: Settings, topic: str) -> Iterator[Stored]:
    """Read a topic from its start to where it ends now, outside any consumer group.

    Args:
        settings: All settings.
        topic: Full name.

    Raises:
        KafkaAwayError: No broker answers.
        NoTopicError: There is no such topic.

    """
    consumer = _consumer(settings)
    try:
        # All topics are asked for: asking for one by name may make it.
        found = consumer.list_topics(timeout=ANSWER_SECONDS).topics.get(topic)
        if found is None:
            raise NoTopicError(f"there is no topic {topic!r}. `nextbest topics create` makes it.")
        consumer.assign([TopicPartition(topic, n, OFFSET_BEGINNING) for n in found.partitions])
        yield from _until_ends(consumer, set(found.partitions))
    except KafkaException as error:
        raise _away(error.args[0]) from error
    finally:
        consumer.close()


class PlaceReader:
    """Reads single records by their places, outside any consumer group; to be used by `with`.

    It connects when first asked, once for all that is read.

    Args:
        settings: All settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumer: Consumer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._consumer is not None:
            self._consumer.close()

    def read(self, topic: str, partition: int, offset: int) -> Stored | None:
        """Read what stands at a place; None where nothing does, or does any more.

        Args:
            topic: Full name.
            partition: The partition's number.
            offset: The place in it.

        Raises:
            KafkaAwayError: No broker answers.
        """
        if self._consumer is None:
            # An offset that was deleted leads to the end, where nothing has to be read over.
            self._consumer = _consumer(self._settings, **{"auto.offset.reset": "latest"})
        try:
            # All topics are asked for: asking for one by name may make it.
            found = self._consumer.list_topics(timeout=ANSWER_SECONDS).topics.get(topic)
            if found is None or partition not in found.partitions:
                return None
            self._consumer.assign([TopicPartition(topic, partition, offset)])
            return _at_place(self._consumer, topic, partition, offset)
        except KafkaException as error:
            raise _away(error.args[0]) from error


def _at_place(consumer: Consumer, topic: str, partition: int, offset: int) -> Stored | None:
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        message = consumer.poll(0.1)
        if message is None or (message.topic(), message.partition()) != (topic, partition):
            continue
        error = message.error()
        if error is not None and error.code() == _PARTITION_END:
            return None
        if error is not None:
            raise _away(error)
        return _stored(message) if message.offset() == offset else None
    raise KafkaAwayError(f"no record came within {ANSWER_SECONDS:g} s; try again.")


def _consumer(settings: Settings, **changes: Any) -> Consumer:
    return Consumer(
        {
            **consumer_config(settings, group="nextbest-cli", client_id="nextbest-cli"),
            "enable.partition.eof": True,
            "log_level": QUIET,
            **changes,
        }
    )


def _until_ends(consumer: Consumer, unfinished: set[int]) -> Iterator[Stored]:
    # A partition is read once its end is reached in fetching: compaction may have removed the last
    # records before the end that the broker tells, and embedded brokers tell a wrong one.
    silent_since = time.monotonic()
    while unfinished:
        # consume() waits for all it is asked for, so it is never asked to wait for long.
        messages = consumer.consume(num_messages=1000, timeout=0.1)
        if messages:
            silent_since = time.monotonic()
        elif time.monotonic() - silent_since > ANSWER_SECONDS:
            raise KafkaAwayError(f"no records came within {ANSWER_SECONDS:g} s; try again.")
        for message in messages:
            partition, error = message.partition(), message.error()
            if error is not None and error.code() == _PARTITION_END:
                unfinished.discard(partition)
            elif error is not None:
                raise _away(error)
            elif partition in unfinished:
                yield _stored(message)


def _stored(message: Message) -> Stored:
    return Stored(
        message.topic(),
        message.partition(),
        message.offset(),
        message.timestamp()[1],
        message.key(),
        message.value(),
    )


def _away(error: KafkaError) -> KafkaAwayError:
    return KafkaAwayError(
        f"Kafka does not answer: {error.str()}. "
        "Check NEXTBEST_KAFKA__BOOTSTRAP_SERVERS and that the brokers run."
    )
