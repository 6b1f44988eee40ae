"""Looking at the counts every few seconds, warning, and stopping streams above their limits.

Every sender does so: it costs a few reads, and a stream is stopped once, whoever finds it first.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from runtime.guardrail_settings import GuardrailSettings
from runtime.logging import get_logger
from runtime.metrics import Metrics
from runtime.redis_client import Client
from schemas.errors import RetryError
from senders.clock import PipelineClock
from senders.guardrails.counts import read_counts
from senders.guardrails.imported import read as read_imported
from senders.guardrails.judging import Finding, Place, judge, worst
from senders.guardrails.limits import REPUTATION, Kind, Rules, rules_of
from senders.guardrails.stops import Stop, read_stops, stop, stop_of

LEVELS = {"ok": 0, "warn": 1, "stop": 2}
_KINDS: tuple[Kind, ...] = ("complaints", "bounces", "unsubscribes")
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """What one look found.

    Attributes:
        at_ms: When, by the pipeline's clock, epoch milliseconds.
        findings: Every rate, judged.
        since: When each stream was resumed, epoch milliseconds.
        stops: Streams that are stopped, and why.
    """

    at_ms: int
    findings: list[Finding] = field(default_factory=list)
    since: dict[str, int] = field(default_factory=dict)
    stops: dict[str, Stop] = field(default_factory=dict)

    def streams(self) -> list[str]:
        """The streams that anything is known of."""
        return sorted({finding.place.stream for finding in self.findings} | set(self.stops))

    def holds(self, stream: str) -> bool:
        """Whether complaints or bounces of a stream (`*`: of any) are at a warning or above."""
        streams = self.streams() if stream == "*" else [stream]
        return any(name in self.stops or worst(self.findings, name, REPUTATION) for name in streams)


async def look(ledger: Client, namespace: str, rules: Rules, now_ms: int) -> Report:
    """Read what is counted and judge it; changes nothing.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    counted, since = await read_counts(ledger, namespace, now_ms, rules.window_days)
    rates = await read_imported(ledger, namespace)
    # In a thread: with many messages and providers it takes longer than mails should wait.
    findings = await asyncio.to_thread(judge, counted, since, rates, rules, now_ms)
    return Report(now_ms, findings, dict(since), await read_stops(ledger, namespace))


class Watch:
    """Watches all streams.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
        settings: Limits and how often to look.
        clock: The pipeline's time.
        metrics: Told of levels, warnings and stops.

    Attributes:
        report: What the last look found; None before the first.
    """

    def __init__(
        self,
        ledger: Client,
        namespace: str,
        settings: GuardrailSettings,
        clock: PipelineClock,
        metrics: Metrics,
    ) -> None:
        self._ledger = ledger
        self._namespace = namespace
        self._rules = rules_of(settings)
        self._seconds = settings.look_seconds
        self._clock = clock
        self._metrics = metrics
        self._warned: dict[tuple[str, Kind], str] = {}
        self.report: Report | None = None

    def holds(self, stream: str) -> bool:
        """As of the last `Report`; before there is one, True."""
        return self.report is None or self.report.holds(stream)

    async def run(self, stopping: asyncio.Event) -> None:
        """Look until told to stop; a store that is away is asked again at the next look."""
        while not stopping.is_set():
            try:
                await self.look()
            except (RedisError, RetryError) as error:
                log.warning("guardrails_not_read", problem=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), self._seconds)

    async def look(self) -> Report:
        """Look once: warn, and stop what is above its limit.

        Raises:
            redis.exceptions.RedisError: The ledger doesn't answer.
            RetryError: The clock can't be read.
        """
        now_ms = await self._clock.now_ms()
        report = await look(self._ledger, self._namespace, self._rules, now_ms)
        for stream in report.streams():
            for kind in _KINDS:
                found = worst(report.findings, stream, (kind,))
                self._warn(stream, kind, found)
                if found is not None and found.state == "stop":
                    await self._stop(report, stream, found)
        self._tell(report)
        self.report = report
        return report

    async def _stop(self, report: Report, stream: str, found: Finding) -> None:
        if stream in self._rules.never_stopped:
            return
        why = stop_of(found, report.at_ms)
        since = report.since.get(stream, 0)
        if await stop(self._ledger, self._namespace, stream, why, since):
            report.stops[stream] = why
            self._metrics.guardrail_stops_total.labels(stream=stream, kind=found.kind).inc()
            log.error(
                "stream_stopped",
                stream=stream,
                until=f"nextbest resume stream:{stream}",
                **_said(found),
            )

    def _warn(self, stream: str, kind: Kind, found: Finding | None) -> None:
        state = "ok" if found is None else found.state
        before = self._warned.get((stream, kind), "ok")
        self._warned[stream, kind] = state
        if found is not None and before == "ok":
            self._metrics.guardrail_warnings_total.labels(stream=stream, kind=kind).inc()
            log.warning("guardrail", stream=stream, **_said(found))

    def _tell(self, report: Report) -> None:
        for stream in report.streams():
            level = max(LEVELS[self._warned.get((stream, kind), "ok")] for kind in _KINDS)
            stopped = stream in report.stops
            self._metrics.guardrail_level.labels(stream=stream).set(
                LEVELS["stop"] if stopped else min(level, LEVELS["warn"])
            )
            for kind in _KINDS:
                bound = _bound(report.findings, stream, kind)
                self._metrics.guardrail_bound_ratio.labels(stream=stream, kind=kind).set(bound)


def _bound(findings: Iterable[Finding], stream: str, kind: Kind) -> float:
    """The bound of all of a stream, or of what is worse in it."""
    bounds = [
        finding.bound or 0.0
        for finding in findings
        if finding.place.stream == stream
        and finding.kind == kind
        and (finding.state in ("warn", "stop") or finding.place == Place(stream))
    ]
    return max(bounds, default=0.0)


def _said(found: Finding) -> dict[str, object]:
    return {
        "kind": found.kind,
        "message": found.place.message or "all",
        "provider": found.place.provider or "all",
        "events": round(found.events, 1),
        "of_accepted": round(found.of),
        "surely_above": round(found.bound or 0.0, 5),
    }
