"""Records as the Kafka client reads them: this fails where a release of it goes another way."""

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import ConsumerRecord, TopicPartition

from streams.prepared import JournalRecord
from streams.transport import BareRecords


def _written(count: int) -> bytes:
    batch = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1_000_000,
    )
    for number in range(count):
        headers = [("source", b"from")] if number % 2 else []
        batch.append(number, timestamp=1_000 + number, key=b"k", value=b"v", headers=headers)
    return bytes(batch.build())


def _read(kind: type[fetcher.PartitionRecords], data: bytes, first: int) -> list[JournalRecord]:
    place = TopicPartition("journal", 0)
    return list(
        kind(
            place, MemoryRecords(data), None, first, None, None, check_crcs=True, isolation_level=0
        )
    )


def test_a_record_is_handed_over_as_it_was_read() -> None:
    data = _written(5)
    copied, bare = _read(BareRecords.__mro__[1], data, 2), _read(BareRecords, data, 2)

    assert [record.offset for record in bare] == [2, 3, 4]
    assert all(isinstance(record, ConsumerRecord) for record in copied)
    assert not any(isinstance(record, ConsumerRecord) for record in bare)
    for record, copy in zip(bare, copied, strict=True):
        assert (record.timestamp, record.key, record.value) == (copy.timestamp, b"k", b"v")
        assert tuple(record.headers) == tuple(copy.headers)
