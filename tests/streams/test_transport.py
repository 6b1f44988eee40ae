"""The consumer's own bookkeeping: what is committed for chunks, and how topics made anew show."""

import asyncio
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from streams import transport
from streams.errors import NotTakenOverError, RecreatedTopicError
from streams.transport import ChunkConsumer

PLACE = TP("journal", 0)


def consumer() -> Any:
    """A consumer without a broker: only its bookkeeping is used."""
    made = ChunkConsumer.__new__(ChunkConsumer)
    made._acked = defaultdict(list)
    made._acked_index = defaultdict(set)
    made._expected = {}
    made._sought_generation = 3
    return made


def records(first: int, count: int) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(offset=first + n, timestamp=1_000, timestamp_type=0) for n in range(count)
    ]


def test_the_end_of_the_last_acknowledged_chunk_is_committed() -> None:
    made = consumer()
    made._acked[PLACE] += [4, 9]
    made._acked_index[PLACE] |= {4, 9}
    assert made._new_offset(PLACE) == 10
    assert made._new_offset(PLACE) is None


def test_a_first_chunk_of_one_record_does_not_stall_what_follows() -> None:
    made = consumer()
    made._acked[PLACE].append(0)
    assert made._new_offset(PLACE) == 1
    made._acked[PLACE].append(7)
    assert made._new_offset(PLACE) == 8


def test_a_chunk_is_one_message_at_its_last_offset() -> None:
    made = consumer()
    message = made._chunk(PLACE, records(10, 5), 3)
    assert message.offset == 14
    assert [record.offset for record in message.value] == [10, 11, 12, 13, 14]
    assert message.generation_id == 3


def test_offsets_that_go_back_end_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[BaseException] = []
    monkeypatch.setattr(transport, "end_process", ended.append)
    made = consumer()
    made._chunk(PLACE, records(10, 5), 3)
    made._chunk(PLACE, records(0, 5), 3)
    assert isinstance(ended[0], RecreatedTopicError)


def test_offsets_of_a_generation_not_yet_sought_to_prove_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[BaseException] = []
    monkeypatch.setattr(transport, "end_process", ended.append)
    made = consumer()
    made._chunk(PLACE, records(10, 5), 3)
    made._chunk(PLACE, records(0, 5), 4)
    assert ended == []


@pytest.mark.parametrize("begun", [True, False])
async def test_a_recovery_that_the_next_rebalance_cancels_ends_no_process(
    monkeypatch: pytest.MonkeyPatch, *, begun: bool
) -> None:
    ended: list[BaseException] = []
    monkeypatch.setattr(transport, "end_process", ended.append)
    made, app = consumer(), SimpleNamespace()

    async def recover(*_: Any) -> dict[TP, int]:
        app.rebalancing_count += begun
        raise asyncio.CancelledError

    app.consumer_generation_id, app.rebalancing_count, app.should_stop = 3, 1, False
    app.positions = SimpleNamespace(recover=recover)
    made.app = app
    monkeypatch.setattr(ChunkConsumer, "assignment", lambda _: {PLACE})
    await made.perform_seek()
    assert bool(ended) is not begun
    assert begun or (isinstance(ended[0], NotTakenOverError) and PLACE.topic in str(ended[0]))


async def test_an_assignment_that_cannot_be_asked_for_ends_the_process_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[BaseException] = []
    monkeypatch.setattr(transport, "end_process", ended.append)
    made, error = consumer(), RuntimeError("the consumer is gone")

    def gone(_: ChunkConsumer) -> set[TP]:
        raise error

    made.app = SimpleNamespace(consumer_generation_id=3, rebalancing_count=1, should_stop=False)
    monkeypatch.setattr(ChunkConsumer, "assignment", gone)
    await made.perform_seek()
    assert ended == [error]
