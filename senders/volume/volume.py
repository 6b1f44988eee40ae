"""Room in the day's volume for one mail: looked for before it waits for its turn, taken in it.

A mail is counted when it is about to leave, and uncounted when it didn't: those that wait for a
provider that stands still hold nothing that others' mails could have. A process that dies in
between leaves it counted, a parcel at the most.
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
from senders.recipients.suppression import TRANSACTIONAL
from senders.volume.allowance import (
    Budget,
    Plan,
    budgets_of,
    counters_of,
    room_until,
    wait_seconds,
)
from senders.volume.parcels import Parcel, Parcels
from senders.volume.planning import Held, make_plan
from senders.volume.store import CALLS, Taken, VolumeStore

REFRESH_SECONDS: Final = 5.0
"""How long a plan is gone by before it is made anew: a hold may have ended."""
SHORTEST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 30.0
"""How often who waits asks again; well within `STALE_SECONDS`."""
SPARE: Final = 100
"""So many more than twice those who can have room before a mail expires may be ahead of it."""
NO_ROOM: Final = "the volume of the days until it expires goes to people more engaged"
log = get_logger(__name__)


@dataclass(slots=True)
class Room:
    """What a mail was told.

    Attributes:
        wait: How long to wait before asking again, seconds; None where it may leave.
        hopeless: Why it can't leave before it expires; empty where it may.
        since: When it first came, seconds of the ledger's clock; 0 where the ledger wasn't asked.
        left: To be set once it left, or may have.
    """

    wait: float | None = None
    hopeless: str = ""
    since: int = 0
    left: bool = False

    @property
    def found(self) -> bool:
        """Whether there is room."""
        return self.wait is None and not self.hopeless


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked for a mail: all of one `kind` ask for the same."""

    kind: str
    day: int
    counters: tuple[str, ...]
    budgets: Sequence[Budget]


class Volume:
    """The day's volume of one sending domain, as one process sees it.

    Args:
        redis: The ledger Redis.
        namespace: Put before every key.
        domain: The sender's domain.
        settings: Warm-ups and limits.
        held: Whether complaints or bounces of a stream (`*`: of any) are high.
        metrics: Told of waits and of how much is used.
    """

    def __init__(
        self,
        redis: Client,
        namespace: str,
        domain: str,
        settings: VolumeSettings,
        held: Held,
        metrics: Metrics,
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
        self._taking = asyncio.Semaphore(CALLS)
        self._parcels = Parcels(self._store)
        self._streams: set[str] = set()
        self._questions: dict[str, _Question] = {}

    async def look(self, decision: Mapping[str, Any], now_ms: int) -> Room:
        """Whether there would be room for a decision's mail; nothing is counted.

        Who finds none waits among the others from then on. Where there was plenty a moment ago the
        ledger isn't asked.

        Args:
            decision: Whose mail is to leave.
            now_ms: The pipeline's time, epoch milliseconds.

        Raises:
            StoreAwayError: The ledger doesn't answer.
        """
        if kind_of(decision) == TRANSACTIONAL:
            return Room()
        try:
            question = await self._question(decision, now_ms)
            if self._parcels.likely(question.kind, question.day, question.counters):
                return Room()
            return (await self._ask(question, decision, now_ms, count=False))[0]
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error

    @asynccontextmanager
    async def room(
        self, decision: Mapping[str, Any], now_ms: int, since: int = 0
    ) -> AsyncIterator[Room]:
        """Room for a decision's mail that is about to leave, given back at the end unless it left.

        Args:
            decision: Whose mail is to leave.
            now_ms: The pipeline's time, epoch milliseconds.
            since: When it first came, as `look` told.

        Raises:
            StoreAwayError: The ledger doesn't answer.
        """
        try:
            question = await self._question(decision, now_ms)
            room, parcel = await self._take(question, decision, now_ms, since)
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error
        try:
            yield room
        except NextbestError:
            await self._unless_left(room, parcel)
            raise
        # Whatever else is raised may have come after the mail: it stays counted.
        await self._unless_left(room, parcel)

    async def leave(self, decision: Mapping[str, Any]) -> None:
        """Wait no longer for a decision's room: those behind it go before it, until it asks again.

        Where the ledger doesn't answer it stands there until it is stale.
        """
        if self._plan is None:
            return
        budgets = budgets_of(self._settings, self._plan, decision["stream"])
        try:
            await self._store.leave(decision["decision_id"], budgets)
        except RedisError as error:
            log.warning("volume_not_left", problem=type(error).__name__)

    async def close(self) -> None:
        """Give back what was counted for this process and not used."""
        await self._parcels.close()

    async def _question(self, decision: Mapping[str, Any], now_ms: int) -> _Question:
        stream, transactional = decision["stream"], kind_of(decision) == TRANSACTIONAL
        if stream not in self._streams:
            await self._note(stream)
        day, plan = day_of(now_ms), self._plan
        if plan is None or plan.day != day or not self._is_fresh():
            plan = await self._plan_of(day)
        kind = f"{TRANSACTIONAL if transactional else ''}|{stream}"
        question = self._questions.get(kind)
        if question is None:
            question = self._questions[kind] = _Question(
                kind,
                plan.day,
                tuple(counters_of(plan, stream)),
                [] if transactional else budgets_of(self._settings, plan, stream),
            )
        return question

    async def _take(
        self, question: _Question, decision: Mapping[str, Any], now_ms: int, since: int
    ) -> tuple[Room, Parcel | None]:
        """Room of the last parcel, or of the ledger."""
        kind, day, counters = question.kind, question.day, question.counters
        # Who waited to ask takes of what others were given meanwhile.
        async with self._taking:
            parcel = await self._parcels.take(kind, day, counters)
            if parcel is not None:
                return Room(), parcel
            room, mails = await self._ask(question, decision, now_ms, since)
            if not room.found:
                return room, None
            return room, await self._parcels.add(kind, Parcel(day, counters, mails - 1))

    async def _ask(
        self,
        question: _Question,
        decision: Mapping[str, Any],
        now_ms: int,
        since: int = 0,
        *,
        count: bool = True,
    ) -> tuple[Room, int]:
        """What the ledger says, and how many mails it counted or would have."""
        budgets = question.budgets
        taken = await self._store.take(
            decision["decision_id"],
            decision["engagement"],
            budgets,
            question.counters,
            now_ms,
            day=question.day,
            since=since,
            count=count,
        )
        self._parcels.told(question.kind, plenty=taken.mails > 1)
        self._tell(budgets, taken, taken.mails if count else 0)
        if taken.mails:
            return Room(since=taken.since), taken.mails
        room = self._told(decision, budgets, taken, now_ms)
        if room.hopeless:
            await self._store.leave(decision["decision_id"], budgets)
        return room, 0

    def _told(
        self, decision: Mapping[str, Any], budgets: Sequence[Budget], taken: Taken, now_ms: int
    ) -> Room:
        stream, seconds = decision["stream"], SHORTEST_SECONDS
        for budget, used, ahead in zip(budgets, taken.used, taken.ahead, strict=True):
            room = room_until(budget, used, now_ms, decision["expires_at"])
            if ahead > 2 * room + SPARE:
                self._metrics.volume_hopeless_total.labels(stream=stream).inc()
                return Room(hopeless=NO_ROOM)
            seconds = max(seconds, wait_seconds(budget, used, ahead, now_ms))
        self._metrics.volume_waits_total.labels(stream=stream).inc()
        left_seconds = (decision["expires_at"] - now_ms) / 1000
        return Room(wait=max(SHORTEST_SECONDS, min(seconds, left_seconds, LONGEST_SECONDS)))

    async def _plan_of(self, day: int) -> Plan:
        async with self._planning:
            if self._plan is None or self._plan.day != day or not self._is_fresh():
                self._plan = await make_plan(
                    self._store, self._settings, day, self._held, step=True
                )
                self._planned_at = time.monotonic()
                self._questions.clear()
                for stream in self._settings.warmup:
                    held = stream in self._plan.held and stream in self._plan.warming
                    self._metrics.volume_held.labels(stream=stream).set(held)
            return self._plan

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._planned_at < REFRESH_SECONDS

    async def _unless_left(self, room: Room, parcel: Parcel | None) -> None:
        if parcel is not None and not room.left:
            await self._parcels.give_back(parcel)

    async def _note(self, stream: str) -> None:
        """Have guardrails know that there is this stream; one says so for all that come at once."""
        async with self._planning:
            if stream not in self._streams:
                await self._redis.sadd(streams_key(self._namespace), stream)
                self._streams.add(stream)

    def _tell(self, budgets: Sequence[Budget], taken: Taken, counted: int) -> None:
        for budget, used in zip(budgets, taken.used, strict=True):
            ratio = min(1.0, (used + counted) / budget.cap)
            self._metrics.volume_used_ratio.labels(budget=budget.name).set(ratio)
