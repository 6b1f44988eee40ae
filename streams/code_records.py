"""Writing single-use codes into the journal: each into the partition that gives it."""

from collections.abc import Iterable, Iterator

from confluent_kafka import Producer

from models.offers.code import NEVER_MS, RECORD_CODES
from schemas.codec import Codec, Record
from schemas.keys import code_partition
from schemas.topics import Topology
from streams.errors import UndeliveredError

_FLUSH_SECONDS = 60.0


def code_records(
    offer: str, codes: Iterable[tuple[str, int]], partitions: int, *, withdrawn: bool = False
) -> Iterator[tuple[int, Record]]:
    """Make the `codes` records that hold some codes.

    Args:
        offer: The offer's name.
        codes: Each with its expiry, epoch milliseconds; `NEVER_MS` for never.
        partitions: The journal's partition count.
        withdrawn: Whether they are to be given no more, instead of loaded.

    Yields:
        The journal partition and the record, at most `RECORD_CODES` codes each.
    """
    head, gathered = {"offer": offer, "withdrawn": withdrawn}, dict[int, list[Record]]()
    for code, expires_ms in codes:
        partition = code_partition(code, partitions)
        waiting = gathered.setdefault(partition, [])
        waiting.append({"code": code, "expires_at": 0 if expires_ms == NEVER_MS else expires_ms})
        if len(waiting) == RECORD_CODES:
            yield partition, {**head, "codes": gathered.pop(partition)}
    for partition, waiting in sorted(gathered.items()):
        yield partition, {**head, "codes": waiting}


def write_codes(
    producer: Producer,
    topology: Topology,
    codec: Codec,
    offer: str,
    codes: Iterable[tuple[str, int]],
    *,
    withdrawn: bool = False,
) -> None:
    """Write codes, and wait until they stand in the journal; written twice they count once.

    Args:
        producer: An idempotent producer.
        topology: Topic names and the journal's partition count.
        codec: Encodes the records.
        offer: The offer's name.
        codes: Each with its expiry, epoch milliseconds; `NEVER_MS` for never.
        withdrawn: Whether they are to be given no more, instead of loaded.

    Raises:
        UndeliveredError: Not all could be written.
    """
    topic, failed = topology.name("journal"), []

    def report(error: object, _message: object) -> None:
        if error is not None:
            failed.append(str(error))

    partitions = topology.journal_partitions
    for partition, record in code_records(offer, codes, partitions, withdrawn=withdrawn):
        value = codec.encode("codes", record)
        while True:
            try:
                producer.produce(topic, value, partition=partition, on_delivery=report)
                break
            except BufferError:  # the queue is full: let some leave
                producer.poll(0.1)
        producer.poll(0)
    left = producer.flush(_FLUSH_SECONDS)
    if failed or left:
        raise UndeliveredError(topic, failed[0] if failed else "no answer in time")
