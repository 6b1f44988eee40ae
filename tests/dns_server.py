"""A small name server on localhost: real DNS over UDP, answers as told."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SOA = "ns.test. admin.test. 1 3600 600 86400 120"
"""Of every zone: what isn't there isn't for 120 seconds."""


class DnsServer(asyncio.DatagramProtocol):
    """Answers questions.

    Attributes:
        asked: Questions by name.
        silent: Names that are never answered.
        broken: Names for which it fails (SERVFAIL).
    """

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self.asked: Counter[str] = Counter()
        self.silent: set[str] = set()
        self.broken: set[str] = set()

    def put(self, name: str, kind: str, *values: str, ttl: int = 300) -> None:
        """Answer a question by these values."""
        self._records[name, kind] = (ttl, values)

    @property
    def address(self) -> str:
        """`address:port`."""
        assert self._transport is not None
        host, port = self._transport.get_extra_info("sockname")
        return f"{host}:{port}"

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked[name] += 1
        if name not in self.silent:
            assert self._transport is not None
            self._transport.sendto(self._answer(query, name).to_wire(), addr)

    def _answer(self, query: dns.message.Message, name: str) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        found = self._records.get((name, kind))
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif found is not None:
            ttl, values = found
            answer.answer.append(dns.rrset.from_text(f"{name}.", ttl, "IN", kind, *values))
        else:
            zone = f"{name.rpartition('.')[2]}."
            answer.authority.append(dns.rrset.from_text(zone, 300, "IN", "SOA", SOA))
            if not any(known == name for known, _kind in self._records):
                answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


@asynccontextmanager
async def dns_server() -> AsyncIterator[DnsServer]:
    """A running name server."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(DnsServer, local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        transport.close()
