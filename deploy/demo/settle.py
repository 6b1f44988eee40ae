"""Waiting until the pipeline has nothing left to do.

A snapshot of the workers' stores is taken first and the topics are read after it; if then every
event is journaled, the journal is applied, the outboxes have left and every mail's fate is
reported, all of it held together at the time of the snapshot.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import redis

from deploy.demo.errors import StalledError
from deploy.demo.ledger import Ledger
from deploy.demo.observer import Observer
from schemas.keys import meta_key, outbox_key, state_tag
from schemas.topics import Topology
from streams.commit import decode_leaving

_LONGEST_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The workers' stores at one moment.

    Attributes:
        offsets: By journal partition, the next offset to apply.
        clock_ms: The least of the partitions' driven clocks, which move on once every timer due
            by then has fired; 0 before the first tick.
        outbox: The values of what was committed, whether it has left or not.
    """

    offsets: list[int]
    clock_ms: int
    outbox: list[bytes]


class Settling:
    """Decides whether the pipeline is quiet.

    Args:
        observer: Reads the topics.
        state: Client of the state Redis, not decoding answers.
        topology: The journal's partition count and the namespace.
        ledger: What the web role must have emitted.
        check: Called at each look; raises when a role has died.
        patience_seconds: How long nothing may move.

    Attributes:
        worker_lag: Journal records not yet applied, at the last look.
        waiting_for: What was not quiet then; None if all was.
    """

    def __init__(
        self,
        observer: Observer,
        state: redis.Redis,
        topology: Topology,
        ledger: Ledger,
        check: Callable[[], None],
        patience_seconds: float = 45.0,
    ) -> None:
        self._observer = observer
        self._state = state
        self._ledger = ledger
        self._check = check
        self._patience_seconds = patience_seconds
        self._tags = [state_tag(topology.namespace, p) for p in range(topology.journal_partitions)]
        self.worker_lag = 0
        self.waiting_for: str | None = None

    def wait(
        self, clock_ms: int, on_look: Callable[[], None] = lambda: None, *, to_ends: bool = False
    ) -> None:
        """Wait until nothing is left to do by the driven time `clock_ms`.

        Args:
            clock_ms: The last tick's time, epoch milliseconds.
            on_look: Called at each look, to show how things are.
            to_ends: Also ask the broker whether each topic was read to its end. It costs the
                embedded broker time in proportion to what it holds, so only the last wait does.

        Raises:
            RoleDiedError: A role has ended.
            StalledError: Nothing moved for too long.

        """
        moved_at, before = time.monotonic(), self._signs()
        while True:
            self.waiting_for = waiting_for = self.look(clock_ms, to_ends=to_ends)
            on_look()
            if waiting_for is None:
                return
            self._check()
            now, signs = time.monotonic(), self._signs()
            if signs != before:
                moved_at, before = now, signs
            elif now - moved_at > self._patience_seconds:
                raise StalledError(waiting_for, now - moved_at)
            self._observer.read(_LONGEST_POLL_SECONDS)

    def look(self, clock_ms: int, *, to_ends: bool = False) -> str | None:
        """Say what there is to wait for, or None if all is quiet."""
        snapshot = self._snapshot()
        observer = self._observer
        observer.read()
        waiting_for = self._waiting_for(snapshot, clock_ms)
        if waiting_for is None and to_ends:
            if behind := observer.behind():
                return f"{behind[0][0]} to be read"
            # The end the broker names can be that of a batch's first record; the rest of the
            # batch has come with it.
            observer.read()
            return self._waiting_for(snapshot, clock_ms)
        return waiting_for

    def _waiting_for(self, snapshot: Snapshot, clock_ms: int) -> str | None:
        observer = self._observer
        lags = [
            end - offset
            for end, offset in zip(observer.journal_positions(), snapshot.offsets, strict=True)
        ]
        self.worker_lag = sum(lags)
        unread = self._ledger.total - observer.from_shoppers
        returned = len(self._ledger.bounced - observer.bounced)
        returned += len(self._ledger.complained - observer.complained)
        conditions = (
            (unread > 0, f"{unread} events to be read"),
            (returned > 0, f"{returned} bounces and complaints to be told of"),
            (observer.intake_lag() > 0, f"intake ({observer.intake_lag()} events)"),
            (any(lags), f"the workers ({self.worker_lag} journal records)"),
            (snapshot.clock_ms < clock_ms, "the workers' clocks"),
            (not all(map(observer.has_left, snapshot.outbox)), "the workers' outboxes"),
            (bool(observer.undelivered), f"the sender ({len(observer.undelivered)} mails)"),
        )
        return next((what for still, what in conditions if still), None)

    def _signs(self) -> tuple[int, int, int]:
        observer = self._observer
        return sum(observer.positions.values()), self.worker_lag, observer.intake_lag()

    def _snapshot(self) -> Snapshot:
        pipe = self._state.pipeline(transaction=False)
        for tag in self._tags:
            # The outbox last: what leaves between two answers is then not missed.
            pipe.hmget(meta_key(tag), "offset", "clock")
            pipe.hvals(outbox_key(tag))
        answers = pipe.execute()
        metas, outboxes = answers[0::2], answers[1::2]
        return Snapshot(
            offsets=[int(offset or 0) for offset, _ in metas],
            clock_ms=min(int(clock or 0) for _, clock in metas),
            outbox=[decode_leaving(entry).value for box in outboxes for entry in box],
        )
