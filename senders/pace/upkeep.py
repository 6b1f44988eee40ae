"""What destinations need though no mail asks for it: leases renewed, idle connections closed."""

import asyncio
import time
from collections import defaultdict

from redis.exceptions import RedisError

from runtime.logging import get_logger
from runtime.metrics import Metrics
from senders.pace.leases import RENEW_SECONDS
from senders.pace.provider import Providers
from senders.pace.turns import Shared, Turns

LOOK_SECONDS = 1.0
FORGET_SECONDS = 300.0
log = get_logger(__name__)


class Upkeep:
    """Looks after the lanes from time to time.

    Args:
        turns: Whose lanes.
        shared: What all processes share.
        providers: Those to tell the throttle of.
        metrics: Where.
        idle_seconds: How long a connection may be idle.
    """

    def __init__(
        self,
        turns: Turns,
        shared: Shared,
        providers: Providers,
        metrics: Metrics,
        idle_seconds: float,
    ) -> None:
        self._turns = turns
        self._shared = shared
        self._providers = providers
        self._metrics = metrics
        self._idle_seconds = idle_seconds
        self._renewed = 0.0

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Look once. A Redis that is away is waited for: the next look comes."""
        now = time.monotonic()
        for lane in list(self._turns.lanes.values()):
            lane.end_idle(now, self._idle_seconds)
            if lane.is_empty and now - lane.used_at >= FORGET_SECONDS:
                # Sites are many; what was learned of one that long ago may be forgotten with it.
                del self._turns.lanes[lane.key]
        try:
            if now - self._renewed >= RENEW_SECONDS:
                self._renewed = now
                await self._renew(now)
            await self._tell_factors()
        except RedisError as error:
            log.warning("upkeep_waits", problem=type(error).__name__)

    async def _renew(self, now: float) -> None:
        for lane in list(self._turns.lanes.values()):
            if lane.leases:
                await self._shared.leases.renew(lane.key, lane.leases, now)

    async def _tell_factors(self) -> None:
        keys = list({*self._providers.all, *self._turns.lanes})
        factors = await self._shared.throttle.factors(keys, time.time_ns() // 1000)
        least: dict[str, float] = defaultdict(lambda: 1.0)
        for key, factor in zip(keys, factors, strict=True):
            name = key.partition("/")[0]
            least[name] = min(least[name], factor)
        for name, factor in least.items():
            self._metrics.sender_throttle_ratio.labels(provider=name).set(factor)
