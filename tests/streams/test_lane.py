"""A lane without servers: when timers fire, what idling checks, how a new state begins."""

from typing import Any

import pytest

import streams.processors
from models.step import Record, Step
from streams.errors import FencedError, LostJournalError
from streams.inbox import Chunk
from streams.registry import Registry, discover
from tests.streams.fakes import lane, run_until
from tests.streams.records import NOW_MS, browse, journaled


class Purchases:
    """A processor that counts events and a timer that notes how many it saw when it fired."""

    def __init__(self) -> None:
        self.seen_at_firing: list[int] = []
        self.registry = Registry({"browse": [self.step]}, {"flow": self.fire}, frozenset(), ())

    @staticmethod
    def step(event: Record, profile: Any, step: Step, world: Any) -> None:
        profile.browses += 1

    def fire(self, name: str, due_ms: int, profile: Any, step: Step, world: Any) -> None:
        self.seen_at_firing.append(profile.browses)


async def test_an_overdue_timer_waits_for_what_the_journal_already_holds() -> None:
    """A reminder due while the worker was away must not overlook a purchase made meanwhile."""
    purchases = Purchases()
    made, state = lane(purchases.registry)
    state.timers["flow:x\x1fann"] = NOW_MS - 1
    made.caught_up_at = 2
    await made.start()
    await made.put(Chunk([journaled(0, browse(0))], lambda: None))
    await made.put(Chunk([journaled(1, browse(1))], lambda: None))
    await run_until(made, lambda: purchases.seen_at_firing)
    assert purchases.seen_at_firing == [2]


async def test_while_records_wait_timers_fire_only_by_their_time() -> None:
    purchases = Purchases()
    made, state = lane(purchases.registry, now_ms=NOW_MS + 10_000)
    state.timers["flow:x\x1fann"] = NOW_MS + 5_000
    made.chunk_records = 1
    await made.start()
    for number in range(3):
        await made.put(Chunk([journaled(number, browse(number))], lambda: None))
    await run_until(made, lambda: purchases.seen_at_firing)
    assert purchases.seen_at_firing == [3]


async def test_an_idle_lane_notices_a_redis_that_went_back() -> None:
    made, state = lane(discover(streams.processors))
    state.went_back = True
    await made.start()
    with pytest.raises(FencedError):
        await run_until(made, lambda: False)


async def test_a_gap_in_the_journal_ends_the_lane() -> None:
    made, _ = lane(discover(streams.processors))
    await made.start()
    await made.put(Chunk([journaled(3, browse(0))], lambda: None))
    with pytest.raises(LostJournalError):
        await run_until(made, lambda: False)


async def test_a_new_state_over_a_shortened_log_begins_where_the_log_does() -> None:
    made, state = lane(discover(streams.processors))
    await made.skip_to(5_000)
    assert (state.commits[0].start_offset, state.commits[0].next_offset) == (0, 5_000)
    assert made.offset == 5_000


async def test_records_are_acknowledged_after_their_commit() -> None:
    made, state = lane(discover(streams.processors))
    committed_first: list[bool] = []
    chunk = Chunk([journaled(0, browse(0))], lambda: committed_first.append(bool(state.commits)))
    await made.start()
    await made.put(chunk)
    await run_until(made, lambda: committed_first)
    assert committed_first == [True]
    assert state.commits[0].next_offset == 1


async def test_a_batch_of_timers_tells_how_late_its_latest_is() -> None:
    made, state = lane(Purchases().registry)
    state.timers = {"flow:a\x1fann": NOW_MS - 9_000, "flow:b\x1fann": NOW_MS - 1_000}
    await made.start()
    await run_until(made, lambda: not state.timers)
    late = made.metrics.registry.get_sample_value
    assert late("nextbest_timers_late_seconds_sum") == 9.0
    assert late("nextbest_timers_late_seconds_count") == 1.0
