"""A DNS server with the records that a test gives it: DNS over UDP."""

import asyncio
import socket
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self, cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

Records = Mapping[tuple[str, str], Sequence[str]]


class NamesServer:
    """Answers from a table in a thread of its own; what isn't in it isn't there.

    Args:
        records: By name and type (`("a.example", "TXT")`), values as in a zone file.

    Attributes:
        records: May be changed while it runs.
        asked: The questions so far.
    """

    def __init__(self, records: Records | None = None) -> None:
        self.records = dict(records or {})
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="names", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        make = self._loop.create_datagram_endpoint(lambda: _Answers(self), sock=self._socket)
        transport, _ = self._loop.run_until_complete(make)
        self._loop.run_forever()
        transport.close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def answer(self, data: bytes) -> bytes:
        """The answer to a question."""
        question = dns.message.from_wire(data)
        asked = question.question[0]
        name = asked.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((name, kind))
        response = dns.message.make_response(question)
        response.flags |= dns.flags.RA
        values = self.records.get((name, kind))
        if values is not None:
            found = dns.rrset.from_text_list(asked.name, 60, "IN", kind, list(values))
            response.answer.append(found)
        elif not any(known == name for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()


class _Answers(asyncio.DatagramProtocol):
    def __init__(self, server: NamesServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | None, int]) -> None:
        self._transport.sendto(self._server.answer(data), addr)


def quoted(text: str) -> str:
    """A TXT value in strings of at most 255 characters, as a zone file has it."""
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))
