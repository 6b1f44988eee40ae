"""Putting in force what relays report, where it is about a mail of ours and whom it went to."""

from collections.abc import Sequence

from redis.exceptions import RedisError

from runtime.logging import get_logger
from runtime.metrics import Metrics
from runtime.redis_client import Client
from senders.errors import StoreAwayError
from senders.guardrails.once import CountOnce
from senders.links.sent import Sent, find
from senders.links.tokens import Unsubscribe
from senders.recipients.optouts import OptOuts
from senders.returns.returns import Returns
from senders.webhooks.reports import Report

log = get_logger(__name__)


class Taking:
    """Takes reports.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
        returns: Takes bounces and complaints.
        optouts: Takes withdrawals.
        metrics: Counts them.
    """

    def __init__(
        self, ledger: Client, namespace: str, returns: Returns, optouts: OptOuts, metrics: Metrics
    ) -> None:
        self._ledger = ledger
        self._namespace = namespace
        self._returns = returns
        self._optouts = optouts
        self._metrics = metrics
        self._counts = CountOnce(ledger, namespace)

    async def take(self, reports: Sequence[Report], source: str, now_ms: int) -> None:
        """Put reports in force; durable when this returns.

        Args:
            reports: Verified ones.
            source: ses or sendgrid.
            now_ms: The pipeline's time, epoch milliseconds.

        Raises:
            StoreAwayError: The ledger doesn't answer; take the same reports again.
        """
        for report in reports:
            try:
                fate = await self._take(report, source, now_ms)
            except RedisError as error:
                raise StoreAwayError("ledger", error) from error
            self._metrics.webhook_reports_total.labels(source, report.kind, fate).inc()
            log.info("reported", source=source, kind=report.kind, mail=report.mail, fate=fate)

    async def _take(self, report: Report, source: str, now_ms: int) -> str:
        sent = await find(self._ledger, self._namespace, report.mail) if report.mail else None
        if sent is None:
            return "unknown"
        if report.address_hash is not None and report.address_hash != sent.address_hash:
            # Forwarded, or an alias: what one mailbox says is nothing said by another.
            return "other_address"
        if report.kind == "unsubscribe":
            return await self._withdraw(sent, source, now_ms)
        if report.kind == "complaint":
            news = await self._returns.complained(sent, source=source, now_ms=now_ms)
        else:
            news = await self._returns.bounced(
                sent,
                hard=report.kind == "hard",
                status=report.status,
                reason=report.reason,
                source=source,
                now_ms=now_ms,
            )
        return "applied" if news else "repeated"

    async def _withdraw(self, sent: Sent, source: str, now_ms: int) -> str:
        # Of when it was first told: a repeat must not overcome an opt-in that came after it.
        first_ms = await self._counts.first_told(sent, "unsubscribe", now_ms)
        target = Unsubscribe(sent.subscriber, sent.decision_id, sent.address_hash)
        await self._optouts.write(target, first_ms)
        if not await self._counts.count("unsubscribe", sent, first_ms):
            return "repeated"
        self._metrics.web_withdrawals_total.labels(source).inc()
        return "applied"
