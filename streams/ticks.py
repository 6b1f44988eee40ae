"""Driving the clock: tick records in every journal partition."""

from confluent_kafka import Producer

from schemas.codec import Codec
from schemas.topics import Topology
from streams.errors import UndeliveredError

_FLUSH_SECONDS = 30.0


def write_ticks(producer: Producer, topology: Topology, codec: Codec, at_ms: int) -> None:
    """Say in every journal partition what time it now is, and wait until it stands there.

    Write it when intake has caught up: what is journaled after a tick happened after it.

    Args:
        producer: An idempotent producer.
        topology: Topic names and the journal's partition count.
        codec: Encodes the tick.
        at_ms: The driven clock's new time, epoch milliseconds; an earlier one than the last is
            ignored by the workers.

    Raises:
        UndeliveredError: A tick could not be written.
    """
    value = codec.encode("tick", {"at": at_ms})
    topic = topology.name("journal")
    failed: list[str] = []

    def report(error: object, _message: object) -> None:
        if error is not None:
            failed.append(str(error))

    for partition in range(topology.journal_partitions):
        producer.produce(topic, value, partition=partition, on_delivery=report)
    left = producer.flush(_FLUSH_SECONDS)
    if failed or left:
        raise UndeliveredError(topic, failed[0] if failed else "no answer in time")
