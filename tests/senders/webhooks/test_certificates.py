"""Certificates are fetched seldom, and nobody keeps the true one from being found."""

import asyncio

import pytest

from senders.errors import UnreachableError
from senders.webhooks.certificates import KEPT, Certificates
from tests.senders.webhooks.senders_of_reports import CERT_URL, certificate


class Sns:
    """Has one certificate; the URL `slow` never answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.waits = asyncio.Event()

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if url == "slow":
            self.waits.set()
            await asyncio.Event().wait()
        if url != CERT_URL:
            raise UnreachableError("404")
        return certificate()


async def test_made_up_urls_push_no_true_certificate_out() -> None:
    sns = Sns()
    certificates = Certificates(sns.fetch, lambda: 1.0)
    await certificates.at(CERT_URL)
    for number in range(KEPT + 5):
        with pytest.raises(UnreachableError):
            await certificates.at(f"https://sns.example/{number}.pem")
    await certificates.at(CERT_URL)
    assert sns.asked.count(CERT_URL) == 1


async def test_nobody_waits_for_a_certificate_of_others() -> None:
    sns = Sns()
    certificates = Certificates(sns.fetch, lambda: 1.0)
    await certificates.at(CERT_URL)
    stuck = asyncio.ensure_future(certificates.at("slow"))
    await sns.waits.wait()
    async with asyncio.timeout(5):
        await certificates.at(CERT_URL)
    stuck.cancel()


async def test_many_at_once_fetch_it_once() -> None:
    sns = Sns()
    certificates = Certificates(sns.fetch, lambda: 1.0)
    await asyncio.gather(*(certificates.at(CERT_URL) for _message in range(20)))
    assert sns.asked == [CERT_URL]
