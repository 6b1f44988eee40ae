"""What follows from a mail that came back: a suppression, a count, an event, or nothing."""

from hashlib import sha256
from typing import Literal

from redis.exceptions import RedisError

from runtime.logging import get_logger
from runtime.redis_client import Client
from senders.errors import StoreAwayError
from senders.inbound.parse import parse
from senders.inbound.proof import is_of, proof_of, sent_of
from senders.inbound.report import Report
from senders.links.sent import Sent
from senders.links.tokens import Links
from senders.links.verp import ReturnPaths
from senders.returns.returns import Returns

Fate = Literal["applied", "repeated", "other_address", "unproven", "delayed", "ignored"]
log = get_logger(__name__)


class Taking:
    """Reads mails and writes what follows from them.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
        paths: Opens return paths.
        links: Opens unsubscribe links.
        returns: Takes bounces and complaints.
    """

    def __init__(
        self, ledger: Client, namespace: str, paths: ReturnPaths, links: Links, returns: Returns
    ) -> None:
        self._ledger = ledger
        self._namespace = namespace
        self._paths = paths
        self._links = links
        self._returns = returns

    async def take(self, data: bytes, recipient: str, now_ms: int) -> tuple[Report, Fate]:
        """Take a mail; durable when this returns.

        Args:
            data: The mail.
            recipient: Whom it was addressed to in SMTP.
            now_ms: The pipeline's time, epoch milliseconds.

        Returns:
            What it says, and what became of it: `applied`; `repeated`, it was known;
            `other_address`, it names another one than the mail went to, so the mail counts as not
            arrived and nobody is suppressed; `unproven`, it shows nothing that only the recipient
            of a mail of ours can know; `delayed`, the server still tries; `ignored`, it reports
            nothing.

        Raises:
            StoreAwayError: The ledger doesn't answer; take the same mail again.
        """
        report = parse(data, recipient)
        fate = await self._fate(report, now_ms)
        log.info(
            "mail_came_back",
            # What can be looked up in the MTA's queue or archive, and names nobody.
            digest=sha256(data).hexdigest()[:16],
            kind=report.kind,
            reason=report.reason,
            status=report.status,
            source=report.source,
            fate=fate,
        )
        return report, fate

    async def _fate(self, report: Report, now_ms: int) -> Fate:
        if report.kind == "none":
            return "ignored"
        try:
            sent = await sent_of(
                proof_of(report, self._paths, self._links), self._ledger, self._namespace
            )
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error
        if sent is None:
            return "unproven"
        if report.kind == "complaint":
            # Whoever holds the mail doesn't want it; providers often hide who that is.
            news = await self._returns.complained(sent, source="arf", now_ms=now_ms)
            return "applied" if news else "repeated"
        if report.action == "delayed":
            return "delayed"
        return await self._bounced(report, sent, now_ms)

    async def _bounced(self, report: Report, sent: Sent, now_ms: int) -> Fate:
        ours = is_of(report, sent)
        news = await self._returns.bounced(
            sent,
            hard=report.kind == "hard" and ours,
            status=report.status,
            reason=report.reason,
            source="dsn",
            now_ms=now_ms,
        )
        if not ours:
            return "other_address"
        return "applied" if news else "repeated"
