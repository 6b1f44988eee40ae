"""Fetching over HTTPS what SNS' messages are checked with, and confirming subscriptions."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
from cryptography import x509

from senders.errors import ForgedReportError, UnreachableError
from senders.webhooks.sns import read_certificate

Fetch = Callable[[str], Awaitable[bytes]]
"""Gives what stands at a URL; raises `UnreachableError`."""

MOST_BYTES: Final = 65_536
FETCH_SECONDS: Final = 5.0
KEPT_SECONDS: Final = 86_400.0
FAILED_SECONDS: Final = 30.0
"""How long a URL that gave no certificate isn't asked again."""
KEPT: Final = 16


async def fetch(url: str) -> bytes:
    """What stands at a URL; follows nowhere.

    Raises:
        UnreachableError: It can't be had now, or is no 200.
    """
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            body = await answer.content.read(MOST_BYTES)
            if answer.status != 200:
                raise UnreachableError(f"{answer.url.host} answered {answer.status}")
            return body
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise UnreachableError(f"SNS can't be reached: {type(error).__name__}") from error


class Certificates:
    """The certificates, each fetched once a day at most, failures every half minute.

    Args:
        fetch: Gets them.
        monotonic: Seconds that only grow.
    """

    def __init__(
        self, fetch: Fetch = fetch, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._kept: OrderedDict[str, tuple[float, x509.Certificate | None]] = OrderedDict()
        self._asking = asyncio.Lock()

    async def at(self, url: str) -> x509.Certificate:
        """The certificate at a URL that `senders.webhooks.sns.certificate_url` has passed.

        Raises:
            UnreachableError: It can't be had now.
        """
        async with self._asking:
            until, certificate = self._kept.get(url, (0.0, None))
            if self._monotonic() >= until:
                certificate = await self._get(url)
        if certificate is None:
            raise UnreachableError("SNS' certificate could not be had a moment ago")
        return certificate

    async def _get(self, url: str) -> x509.Certificate:
        self._keep(url, None, FAILED_SECONDS)
        try:
            certificate = read_certificate(await self._fetch(url))
        except ForgedReportError as error:
            raise UnreachableError("what stands at SNS' URL is no certificate") from error
        self._keep(url, certificate, KEPT_SECONDS)
        return certificate

    def _keep(self, url: str, certificate: x509.Certificate | None, seconds: float) -> None:
        self._kept[url] = (self._monotonic() + seconds, certificate)
        self._kept.move_to_end(url)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
