"""A mail server without a socket: what it says comes in the packets it is told to send."""

import asyncio
from collections.abc import Mapping

import aiosmtplib

from senders.smtp.wire import Wire

HANGS_UP = "hangs up"
USUAL = {
    "MAIL": ("250 2.1.0 Ok\n250 2.1.5 Ok\n",),
    "DATA": ("354 Go on\n",),
    "Subject:": ("250 2.0.0 Ok\n",),
    "RSET": ("250 2.0.0 Ok\n",),
    "QUIT": ("221 2.0.0 Bye\n",),
}
ONE_BY_ONE = {"MAIL": ("250 2.1.0 Ok\n",), "RCPT": ("250 2.1.5 Ok\n",)}


class PacketServer(asyncio.Transport):
    """The transport of one connection, and the server at its other end.

    Args:
        says: By the first word of what is written: the packets it answers with instead of the
            usual. None of them: it falls silent. `HANGS_UP` is the end of the connection.

    Attributes:
        written: What was written, write by write.
        unread_bytes: How much of it is still to be sent.
        aborted: Whether the connection was closed with that unsent.
    """

    def __init__(self, says: Mapping[str, tuple[str, ...]] = {}) -> None:
        super().__init__()
        self.says = {**USUAL, **says}
        self.written: list[bytes] = []
        self.unread_bytes = 0
        self.aborted = False
        self._closing = False

    def wire(self, *, pipelining: bool = True, timeout_seconds: float = 30.0) -> Wire:
        """A connection to it."""
        client = aiosmtplib.SMTP()
        client.transport = self
        client.esmtp_extensions = {"pipelining": ""} if pipelining else {}
        return Wire(client, timeout_seconds)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Whom it speaks to."""
        assert isinstance(protocol, Wire)
        self._wire = protocol

    def is_closing(self) -> bool:
        """Whether either end closed it."""
        return self._closing

    def close(self) -> None:
        """Close it."""
        self._closing = True
        asyncio.get_running_loop().call_soon(self._wire.connection_lost, None)

    def abort(self) -> None:
        """Close it with what is to be sent unsent."""
        self.aborted = True
        self.close()

    def get_write_buffer_size(self) -> int:
        """How much is still to be sent."""
        return self.unread_bytes

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take what the client says, and answer, each packet when all before it is dealt with."""
        self.written.append(bytes(data))
        for packet in self.says[bytes(data).split()[0].decode("ascii")]:
            asyncio.get_running_loop().call_soon(self.say, packet)

    def say(self, packet: str) -> None:
        """Send a packet now; nobody reads it once the connection is closed."""
        if self._closing:
            return
        if packet == HANGS_UP:
            self._wire.eof_received()
        else:
            self._wire.data_received(packet.replace("\n", "\r\n").encode("latin-1"))
