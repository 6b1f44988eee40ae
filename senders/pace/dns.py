"""Asking the DNS for mail exchangers and addresses, each question with a time limit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver

from runtime.logging import get_logger
from runtime.setting_values import name_server
from runtime.settings import PaceSettings

AT_ONCE = 256
"""Questions under way at once, each on a socket of its own."""
log = get_logger(__name__)


class Status(Enum):
    """What came of a question."""

    FOUND = "found"
    NOTHING = "nothing"
    NO_DOMAIN = "no domain"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the DNS said.

    Attributes:
        status: FOUND; NOTHING of this kind under the name (RFC 2308's NODATA); NO_DOMAIN; FAILED.
        records: Of MX (preference, host), hosts in lower case without the last dot and empty for a
            null MX (RFC 7505); of addresses, those.
        ttl_seconds: How long it may be kept, as the DNS has it; 0 for a failure.
    """

    status: Status
    records: tuple[Any, ...] = ()
    ttl_seconds: float = 0.0


FAILURE = Answer(Status.FAILED)
Ask = Callable[[str], Awaitable[Answer]]


class Resolver:
    """Asks name servers; never raises for what they say or don't.

    Args:
        settings: The name servers and the time limit.
    """

    def __init__(self, settings: PaceSettings) -> None:
        self._seconds = settings.dns_timeout_seconds
        self._resolver: dns.asyncresolver.Resolver | None = None
        servers = [found for entry in settings.dns_servers if (found := name_server(entry))]
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=not servers)
        except dns.exception.DNSException as error:
            # No /etc/resolv.conf, say: as good as servers that don't answer.
            log.warning("no_name_servers", problem=str(error))
            return
        if servers:
            self._resolver.nameservers = [dns.nameserver.Do53Nameserver(*one) for one in servers]
        self._resolver.lifetime = self._seconds
        self._resolver.timeout = min(2.0, self._seconds)
        self._resolver.cache = None
        self._asking = asyncio.Semaphore(AT_ONCE)

    async def mx(self, domain: str) -> Answer:
        """The mail exchangers of a domain."""
        answer = await self._ask(domain, "MX")
        pairs = sorted((rdata.preference, _plain(rdata.exchange)) for rdata in answer.records)
        return Answer(answer.status, tuple(pairs), answer.ttl_seconds)

    async def addresses(self, host: str) -> Answer:
        """The IP addresses of a host, IPv4 first."""
        answers = await asyncio.gather(self._ask(host, "A"), self._ask(host, "AAAA"))
        found = [answer for answer in answers if answer.status is Status.FOUND]
        if not found:
            failed = [one for one in answers if one.status is Status.FAILED]
            return (failed or answers)[0]
        records = tuple(rdata.address for answer in found for rdata in answer.records)
        return Answer(Status.FOUND, records, min(answer.ttl_seconds for answer in found))

    async def _ask(self, name: str, kind: str) -> Answer:
        if self._resolver is None:
            return FAILURE
        try:
            # The limit holds for the wait for a place too, or a dead server would stop everyone.
            async with asyncio.timeout(self._seconds + 1.0), self._asking:
                found = await self._resolver.resolve(
                    dns.name.from_text(name), kind, raise_on_no_answer=False, search=False
                )
        except dns.resolver.NXDOMAIN as error:
            return Answer(Status.NO_DOMAIN, (), _negative_ttl(error, name))
        except (dns.exception.DNSException, OSError, ValueError, TimeoutError) as error:
            log.info("dns_failed", kind=kind, problem=type(error).__name__)
            return FAILURE
        ttl = float(found.chaining_result.minimum_ttl)
        if found.rrset is None:
            return Answer(Status.NOTHING, (), ttl)
        return Answer(Status.FOUND, tuple(found.rrset), ttl)


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower().removesuffix(".")


def _negative_ttl(error: dns.resolver.NXDOMAIN, name: str) -> float:
    """How long the absence may be kept (RFC 2308, section 5); 0 where the answer doesn't say."""
    try:
        response: Any = error.response(dns.name.from_text(name))  # type: ignore[no-untyped-call]
        if not isinstance(response, dns.message.QueryMessage):
            return 0.0
        return float(min(_soa_ttls(response), default=0))
    except (KeyError, dns.exception.DNSException):
        return 0.0


def _soa_ttls(response: dns.message.QueryMessage) -> Sequence[int]:
    return [
        min(rrset.ttl, rrset[0].minimum)
        for rrset in response.authority
        if rrset.rdtype == dns.rdatatype.SOA
    ]
