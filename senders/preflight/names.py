"""Asking DNS: the few questions that a preflight has."""

from collections.abc import Sequence
from typing import Any, Protocol

import dns.asyncresolver
import dns.exception
import dns.resolver
import dns.reversename

from schemas.errors import RetryError

LIFETIME_SECONDS = 10.0
"""How long an answer may take, with repeats."""


class NamesAwayError(RetryError):
    """DNS gave no answer, neither records nor that there are none."""


class Names(Protocol):
    """What can be asked; an empty list where there are no such records, or no such name.

    Each raises `NamesAwayError` where nobody answers.
    """

    async def txt(self, name: str) -> list[str]:
        """TXT records, each with its strings put together."""
        ...

    async def mx(self, name: str) -> list[str]:
        """Hosts of MX records, the most preferred first; `` for the null MX of RFC 7505."""
        ...

    async def addresses(self, name: str) -> list[str]:
        """A and AAAA records."""
        ...

    async def ptr(self, address: str) -> list[str]:
        """Names of an IP address."""
        ...


class DnsNames:
    """DNS itself.

    Args:
        nameservers: Whom to ask; the machine's resolvers where empty.
        port: Their port.
    """

    def __init__(self, nameservers: Sequence[str] = (), port: int = 53) -> None:
        self._resolver = dns.asyncresolver.Resolver(configure=not nameservers)
        self._resolver.lifetime = LIFETIME_SECONDS
        if nameservers:
            self._resolver.nameservers = list(nameservers)
            self._resolver.port = port

    async def txt(self, name: str) -> list[str]:
        """See `Names.txt`."""
        found = await self._ask(name, "TXT")
        return [b"".join(record.strings).decode("utf-8", "replace") for record in found]

    async def mx(self, name: str) -> list[str]:
        """See `Names.mx`."""
        found = sorted(await self._ask(name, "MX"), key=lambda record: record.preference)
        return [record.exchange.to_text(omit_final_dot=True).rstrip(".") for record in found]

    async def addresses(self, name: str) -> list[str]:
        """See `Names.addresses`."""
        found = [*await self._ask(name, "A"), *await self._ask(name, "AAAA")]
        return [record.address for record in found]

    async def ptr(self, address: str) -> list[str]:
        """See `Names.ptr`."""
        found = await self._ask(dns.reversename.from_address(address).to_text(), "PTR")
        return [record.target.to_text(omit_final_dot=True) for record in found]

    async def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            return list(await self._resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise NamesAwayError(f"DNS does not answer {kind} of {name}: {error}") from error
