"""`/hooks/ses` and `/hooks/sendgrid`: believe what is signed, put it in force, and answer then.

4xx: not believed, nothing follows. 503: come again. 200: taken, or about no mail that is known.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from runtime.logging import get_logger
from runtime.metrics import Metrics
from runtime.webhook_settings import WebhookSettings
from schemas.errors import RetryError
from senders.errors import ForgedReportError
from senders.web.answers import read_body
from senders.webhooks import sendgrid, ses, sns
from senders.webhooks.certificates import Certificates, Fetch, fetch
from senders.webhooks.taking import Taking

SNS_BYTES: Final = 300_000
"""SNS' messages have 256 KiB at most, and their envelope."""
SENDGRID_BYTES: Final = 1_000_000
"""SendGrid posts up to 768 KiB of events at a time."""
log = get_logger(__name__)


class Hooks:
    """The handlers.

    Args:
        settings: Whom to believe.
        secrets: Keys that return paths are signed with.
        taking: Puts reports in force.
        now_ms: The pipeline's time.
        following: Told when events wait to leave.
        metrics: Counts what is refused.
        fetch: Gets certificates, and confirms subscriptions.
        wall_seconds: The wall clock, epoch seconds.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        secrets: tuple[str, ...],
        taking: Taking,
        now_ms: Callable[[], Awaitable[int]],
        following: Callable[[], None],
        metrics: Metrics,
        *,
        fetch: Fetch = fetch,
        wall_seconds: Callable[[], float] = time.time,
    ) -> None:
        self._topics = frozenset(settings.ses_topics)
        key = settings.sendgrid_public_key
        self._sendgrid_key = sendgrid.read_key(key) if key else None
        self._window_seconds = settings.sendgrid_window_seconds
        self._secrets = secrets
        self._taking = taking
        self._now_ms = now_ms
        self._following = following
        self._metrics = metrics
        self._fetch = fetch
        self._certificates = Certificates(fetch)
        self._wall_seconds = wall_seconds

    def routes(self) -> list[web.RouteDef]:
        """The routes of what is set up."""
        routes = []
        if self._topics:
            routes.append(web.post("/hooks/ses", self.ses))
        if self._sendgrid_key is not None:
            routes.append(web.post("/hooks/sendgrid", self.sendgrid))
        return routes

    async def ses(self, request: web.Request) -> web.StreamResponse:
        """Take a message of SNS."""
        return await self._answered("ses", request, SNS_BYTES, self._take_ses)

    async def sendgrid(self, request: web.Request) -> web.StreamResponse:
        """Take a batch of SendGrid's events."""
        return await self._answered("sendgrid", request, SENDGRID_BYTES, self._take_sendgrid)

    async def _answered(
        self,
        source: str,
        request: web.Request,
        most: int,
        take: Callable[[web.Request, bytes], Awaitable[None]],
    ) -> web.Response:
        body = await read_body(request, most)
        if body is None:
            return self._refuse(source, "too_long", 413)
        try:
            await take(request, body)
        except ForgedReportError as error:
            return self._refuse(source, error.reason, 400 if error.reason == "malformed" else 403)
        except RetryError as error:
            log.warning("report_not_taken", source=source, problem=str(error))
            return web.Response(status=503, headers={"Retry-After": "30"})
        self._following()
        return web.Response(text="taken\n")

    def _refuse(self, source: str, reason: str, status: int) -> web.Response:
        log.warning("report_refused", source=source, reason=reason)
        self._metrics.webhook_refused_total.labels(source, reason).inc()
        return web.Response(status=status, text="not believed\n")

    async def _take_ses(self, request: web.Request, body: bytes) -> None:
        del request
        message = sns.read(body)
        if message.topic_arn not in self._topics:
            raise ForgedReportError("topic")
        certificate = await self._certificates.at(sns.certificate_url(message))
        sns.verify(message, certificate, datetime.fromtimestamp(self._wall_seconds(), UTC))
        if message.type == sns.CONFIRMATION:
            await self._fetch(sns.subscribe_url(message))
            log.info("subscription_confirmed", topic=message.topic_arn)
        elif message.type == sns.NOTIFICATION:
            reports = ses.reports_in(message.message, self._secrets)
            await self._taking.take(reports, "ses", await self._now_ms())
        else:
            log.warning("subscription_ended", topic=message.topic_arn)

    async def _take_sendgrid(self, request: web.Request, body: bytes) -> None:
        assert self._sendgrid_key is not None
        sendgrid.verify(
            body, request.headers, self._sendgrid_key, self._wall_seconds(), self._window_seconds
        )
        reports = sendgrid.reports_in(body, self._secrets)
        await self._taking.take(reports, "sendgrid", await self._now_ms())
