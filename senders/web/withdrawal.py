"""Withdrawing consent, by whichever page it was asked for."""

from redis.exceptions import RedisError

from runtime.logging import get_logger
from schemas.errors import RetryError
from senders.guardrails.once import CountOnce
from senders.links.sent import find
from senders.links.tokens import Unsubscribe
from senders.links.verp import mail_id
from senders.web.services import Services

log = get_logger(__name__)


class Withdrawal:
    """Withdraws.

    Args:
        services: What it works with.
    """

    def __init__(self, services: Services) -> None:
        self._with = services
        self._counts = CountOnce(services.ledger, services.namespace)

    async def take(self, target: Unsubscribe, way: str) -> bool:
        """Put a withdrawal in force; durable when this returns True. Its event follows.

        Args:
            target: What is withdrawn, and by whom.
            way: How it was asked for, for the metrics: one_click, button or preferences.

        Returns:
            Whether it is in force; if not nothing was promised.
        """
        try:
            now_ms = await self._with.now_ms()
            await self._with.optouts.write(target, now_ms)
        except RetryError as error:
            log.error("unsubscribe_refused", decision_id=target.decision_id, problem=str(error))
            return False
        log.info("unsubscribed", decision_id=target.decision_id, way=way)
        self._with.metrics.web_withdrawals_total.labels(way).inc()
        await self._count(target, now_ms)
        self._with.following.soon()
        return True

    async def _count(self, target: Unsubscribe, now_ms: int) -> None:
        """Count it for the guardrails, once for each mail; it is in force, counted or not."""
        try:
            ledger, namespace = self._with.ledger, self._with.namespace
            sent = await find(ledger, namespace, mail_id(target.decision_id))
            if sent is not None and sent.subscriber == target.subscriber:
                first_ms = await self._counts.first_told(sent, "unsubscribe", now_ms)
                await self._counts.count("unsubscribe", sent, first_ms)
        except RedisError as error:
            log.error("unsubscribe_uncounted", decision_id=target.decision_id, problem=str(error))
