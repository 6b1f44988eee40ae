"""/metrics, /livez and /readyz of a role.

/livez asks only for progress: it fails when a part that registered itself has shown none for
longer than it promised (a stalled consumer, a stuck lane), never because a dependency is away;
restarting doesn't bring that back. /readyz asks whether the role can do its work now.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from runtime.listening import CannotListenError, listen
from runtime.metrics import Metrics
from runtime.settings import MetricsSettings


@dataclass(slots=True)
class _Mark:
    at_seconds: float
    limit_seconds: float


class Health:
    """What the parts of a role say of themselves.

    Args:
        monotonic: Seconds that only grow; passed in by tests.

    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._marks: dict[str, _Mark] = {}
        self._ready: dict[str, bool] = {}

    def progress(self, name: str, limit_seconds: float = 60.0) -> None:
        """Say that the part `name` goes on; silence for longer than the limit fails /livez."""
        self._marks[name] = _Mark(self._monotonic(), limit_seconds)

    def idle(self, name: str) -> None:
        """Say that nothing is expected of the part `name` (a partition given away)."""
        self._marks.pop(name, None)

    def ready(self, name: str, *, ready: bool) -> None:
        """Say whether the part `name` can do its work; all must, for /readyz."""
        self._ready[name] = ready

    def ages_seconds(self) -> dict[str, float]:
        """Give for each part the seconds since its last progress."""
        now = self._monotonic()
        return {name: now - mark.at_seconds for name, mark in self._marks.items()}

    def stuck(self) -> list[str]:
        """List the parts silent for longer than they promised."""
        now = self._monotonic()
        return sorted(
            name for name, mark in self._marks.items() if now - mark.at_seconds > mark.limit_seconds
        )

    def not_ready(self) -> list[str]:
        """List the parts that can't do their work; `start` while none has said anything."""
        if not self._ready:
            return ["start"]
        return sorted(name for name, ready in self._ready.items() if not ready)


class HealthServer:
    """The small HTTP server of a role, on the role's own event loop.

    Args:
        settings: Where to listen; port 0 takes a free one.
        metrics: What /metrics shows.
        health: What /livez and /readyz ask.

    """

    def __init__(self, settings: MetricsSettings, metrics: Metrics, health: Health) -> None:
        self._settings = settings
        self._metrics = metrics
        self._health = health
        self._runner: web.AppRunner | None = None
        self.port: int | None = None

    async def start(self) -> None:
        """Listen; `port` is known afterwards. Does nothing where metrics are disabled.

        Raises:
            CannotListenError: Nothing can listen there.

        """
        if not self._settings.enabled:
            return
        app = web.Application()
        app.add_routes(health_routes(self._metrics, self._health))
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            self.port = await listen(
                self._runner, "NEXTBEST_METRICS", self._settings.host, self._settings.port
            )
        except CannotListenError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop listening; a second call does nothing."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()


def health_routes(metrics: Metrics, health: Health) -> list[web.RouteDef]:
    """Give the three routes, for a role with an aiohttp app of its own."""

    async def show_metrics(_request: web.Request) -> web.Response:
        metrics.progress_age_seconds.clear()  # parts given away must not linger
        for name, age in health.ages_seconds().items():
            metrics.progress_age_seconds.labels(part=name).set(age)
        body = generate_latest(metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def livez(_request: web.Request) -> web.Response:
        return _answer(health.stuck(), "no progress")

    async def readyz(_request: web.Request) -> web.Response:
        return _answer(health.not_ready(), "not ready")

    return [
        web.get("/metrics", show_metrics),
        web.get("/livez", livez),
        web.get("/readyz", readyz),
    ]


def _answer(wrong: list[str], how: str) -> web.Response:
    if wrong:
        return web.Response(status=503, text="".join(f"{how}: {part}\n" for part in wrong))
    return web.Response(text="ok\n")
