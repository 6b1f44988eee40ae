"""Room in the day's volume for one mail: asked before a mail waits for its turn.

A mail is counted when it may leave, and uncounted when it didn't. A process that dies in between
leaves it counted, a parcel at the most.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from redis.exceptions import RedisError

from runtime.logging import get_logger
from runtime.metrics import Metrics
from runtime.redis_client import Client
from runtime.volume_settings import VolumeSettings
from schemas.errors import NextbestError
from senders.errors import StoreAwayError
from senders.guardrails.counts import day_of, streams_key
from senders.handover.gate import kind_of
from senders.volume.allowance import (
    Budget,
    Plan,
    budgets_of,
    counters_of,
    room_until,
    wait_seconds,
)
from senders.volume.planning import Held, make_plan
from senders.volume.store import Taken, VolumeStore

TRANSACTIONAL: Final = "transactional"
REFRESH_SECONDS: Final = 5.0
"""How long a plan is gone by before it is made anew: a hold may have ended."""
SHORTEST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 30.0
"""How often who waits asks again; well within `STALE_SECONDS`."""
CALLS: Final = 16
"""Mails that may be asking the ledger at once."""
SPARE: Final = 100
"""So many more than twice those who can have room before a mail expires may be ahead of it."""
NO_ROOM: Final = "the volume of the days until it expires goes to people more engaged"
CROWDED: Final = "as many people more engaged as a sender can hold wait for the day's volume"
log = get_logger(__name__)


@dataclass(slots=True)
class Room:
    """What a mail was told.

    Attributes:
        wait: How long to wait before asking again, seconds; None where it may leave.
        hopeless: Why it can't leave before it expires; empty where it may.
        left: To be set once it left, or may have.
    """

    wait: float | None = None
    hopeless: str = ""
    left: bool = False


@dataclass(slots=True)
class _Parcel:
    """Mails counted for this process and not yet used."""

    day: int
    counters: tuple[str, ...]
    mails: int


class Volume:
    """The day's volume of one sending domain, as one process sees it.

    Args:
        redis: The ledger Redis.
        namespace: Put before every key.
        domain: The sender's domain.
        settings: Warm-ups and limits.
        held: Whether complaints or bounces of a stream (`*`: of any) are high.
        metrics: Told of waits and of how much is used.
        most_waiting: Mails that this process may have waiting; past them those that have so many
            ahead end at once, so that whatever else is read finds room.
    """

    def __init__(
        self,
        redis: Client,
        namespace: str,
        domain: str,
        settings: VolumeSettings,
        held: Held,
        metrics: Metrics,
        *,
        most_waiting: int,
    ) -> None:
        self._redis = redis
        self._namespace = namespace
        self._store = VolumeStore(redis, namespace, domain)
        self._settings = settings
        self._held = held
        self._metrics = metrics
        self._plan: Plan | None = None
        self._planned_at = 0.0
        self._planning = asyncio.Lock()
        self._asking = asyncio.Semaphore(CALLS)
        self._parcels: dict[str, _Parcel] = {}
        self._streams: set[str] = set()
        self._most_waiting = most_waiting
        self._waiting: dict[str, float] = {}

    @asynccontextmanager
    async def room(self, decision: Mapping[str, Any], now_ms: int) -> AsyncIterator[Room]:
        """Room for a decision's mail, given back at the end unless it left.

        Args:
            decision: Whose mail is to leave.
            now_ms: The pipeline's time, epoch milliseconds.

        Raises:
            StoreAwayError: The ledger doesn't answer.
        """
        try:
            async with self._asking:
                room, parcel = await self._ask(decision, now_ms)
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error
        try:
            yield room
        except NextbestError:
            await self._unless_left(room, parcel)
            raise
        # Whatever else is raised may have come after the mail: it stays counted.
        await self._unless_left(room, parcel)

    async def close(self) -> None:
        """Give back what was counted for this process and not used."""
        for parcel in list(self._parcels.values()):
            await self._give_back(parcel, parcel.mails)
        self._parcels.clear()

    async def _ask(self, decision: Mapping[str, Any], now_ms: int) -> tuple[Room, _Parcel | None]:
        stream, transactional = decision["stream"], kind_of(decision) == TRANSACTIONAL
        plan = await self._plan_of(day_of(now_ms))
        await self._note(stream)
        counters = tuple(counters_of(plan, stream))
        kind = f"{TRANSACTIONAL if transactional else ''}|{stream}"
        parcel = await self._parcel(kind, plan.day, counters)
        if parcel is not None:
            parcel.mails -= 1
            return Room(), parcel
        budgets = [] if transactional else budgets_of(self._settings, plan, stream)
        taken = await self._store.take(
            decision["decision_id"],
            decision["engagement"],
            budgets,
            counters,
            now_ms,
            day=plan.day,
        )
        self._tell(budgets, taken)
        self._waiting.pop(decision["decision_id"], None)
        if taken.mails:
            parcel = _Parcel(plan.day, counters, taken.mails - 1)
            self._parcels[kind] = _merged(self._parcels.get(kind), parcel)
            return Room(), self._parcels[kind]
        room = self._told(decision, budgets, taken, now_ms)
        if room.hopeless:
            await self._store.leave(decision["decision_id"], budgets)
        return room, None

    def _told(
        self, decision: Mapping[str, Any], budgets: Sequence[Budget], taken: Taken, now_ms: int
    ) -> Room:
        stream, seconds = decision["stream"], SHORTEST_SECONDS
        crowded = self._crowded()
        for budget, used, ahead in zip(budgets, taken.used, taken.ahead, strict=True):
            room = room_until(budget, used, now_ms, decision["expires_at"])
            hopeless = ahead > 2 * room + SPARE
            if hopeless or (crowded and ahead >= self._most_waiting):
                self._metrics.volume_hopeless_total.labels(stream=stream).inc()
                return Room(hopeless=NO_ROOM if hopeless else CROWDED)
            seconds = max(seconds, wait_seconds(budget, used, ahead, now_ms))
        self._metrics.volume_waits_total.labels(stream=stream).inc()
        self._waiting[decision["decision_id"]] = time.monotonic()
        left_seconds = (decision["expires_at"] - now_ms) / 1000
        return Room(wait=max(SHORTEST_SECONDS, min(seconds, left_seconds, LONGEST_SECONDS)))

    def _crowded(self) -> bool:
        """Whether as many wait as may; those who ended while waiting are forgotten first."""
        if len(self._waiting) < self._most_waiting:
            return False
        since = time.monotonic() - 2 * LONGEST_SECONDS
        self._waiting = {who: at for who, at in self._waiting.items() if at > since}
        return len(self._waiting) >= self._most_waiting

    async def _plan_of(self, day: int) -> Plan:
        async with self._planning:
            fresh = time.monotonic() - self._planned_at < REFRESH_SECONDS
            if self._plan is None or self._plan.day != day or not fresh:
                self._plan = await make_plan(
                    self._store, self._settings, day, self._held, step=True
                )
                self._planned_at = time.monotonic()
                for stream in self._settings.warmup:
                    held = stream in self._plan.held and stream in self._plan.warming
                    self._metrics.volume_held.labels(stream=stream).set(held)
            return self._plan

    async def _parcel(self, kind: str, day: int, counters: tuple[str, ...]) -> _Parcel | None:
        """What is left of the last parcel, where it still counts in the same."""
        parcel = self._parcels.get(kind)
        if parcel is None or not parcel.mails:
            return None
        if (parcel.day, parcel.counters) == (day, counters):
            return parcel
        del self._parcels[kind]
        await self._give_back(parcel, parcel.mails)
        return None

    async def _unless_left(self, room: Room, parcel: _Parcel | None) -> None:
        if parcel is not None and not room.left:
            await self._give_back(parcel, 1)

    async def _give_back(self, parcel: _Parcel, mails: int) -> None:
        try:
            if mails:
                await self._store.give_back(parcel.day, parcel.counters, mails)
        except RedisError as error:
            log.warning("volume_not_given_back", mails=mails, problem=str(error))

    async def _note(self, stream: str) -> None:
        """Have guardrails know that there is this stream."""
        if stream not in self._streams:
            await self._redis.sadd(streams_key(self._namespace), stream)
            self._streams.add(stream)

    def _tell(self, budgets: Sequence[Budget], taken: Taken) -> None:
        for budget, used in zip(budgets, taken.used, strict=True):
            ratio = min(1.0, (used + taken.mails) / budget.cap)
            self._metrics.volume_used_ratio.labels(budget=budget.name).set(ratio)


def _merged(held: _Parcel | None, new: _Parcel) -> _Parcel:
    """A parcel with what is left of another that counts in the same, asked for at the same time."""
    if held is not None and (held.day, held.counters) == (new.day, new.counters):
        held.mails += new.mails
        return held
    return new
