"""A mail exchanger that says, line by line, whatever it is told: silence, garbage, anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

STAGES = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "message")
USUAL = {
    "greeting": "220 mx.test ready",
    "EHLO": "250 mx.test",
    "HELO": "250 mx.test",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 Go on",
    "message": "250 2.0.0 Ok",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
}
CLOSE = "close"
STALL = "stall"


@dataclass
class Exchanger:
    """What one does and has seen.

    Attributes:
        says: Stage to what is said instead of the usual: raw text (a line end is added where it has
            none), `stall` to fall silent, `close` to hang up.
        accepted: Mails taken, the recipient of each.
        connections: Connections taken so far.
        open: Connections now; `most` at once.
        stalled: Dialogues fallen silent.
    """

    says: dict[str, str] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    most: int = 0
    stalled: int = 0
    dialogues: set["asyncio.Task[None]"] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self.dialogues.add(task)
        task.add_done_callback(self.dialogues.discard)
        self.connections += 1
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await self._dialogue(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # streams log a cancelled dialogue as an error of theirs
        finally:
            self.open -= 1
            writer.close()

    async def _dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""
        await self._say("greeting", reader, writer)
        while line := await reader.readline():
            verb = line.decode("ascii").split()[0].upper()
            if verb == "RCPT":
                recipient = line.decode("ascii").split("<")[1].split(">")[0]
            await self._say(verb, reader, writer)
            if verb == "DATA" and "DATA" not in self.says:
                await reader.readuntil(b"\r\n.\r\n")
                if "message" not in self.says:
                    self.accepted.append(recipient)
                await self._say("message", reader, writer)
            if verb == "QUIT":
                return

    async def _say(
        self, stage: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        says = self.says.get(stage, USUAL.get(stage, "502 5.5.1 What?"))
        if says == STALL:
            self.stalled += 1
            await reader.read()
            raise ConnectionError
        if says == CLOSE:
            raise ConnectionError
        writer.write((says if says.endswith("\n") else f"{says}\r\n").encode("latin-1"))
        await writer.drain()


@asynccontextmanager
async def exchangers(*hosts: str) -> AsyncIterator[tuple[int, list[Exchanger]]]:
    """Mail exchangers on addresses of this machine, all on one port, as mail exchangers are."""
    made = [Exchanger() for _ in hosts]
    first = await asyncio.start_server(made[0].serve, hosts[0], 0)
    port = int(first.sockets[0].getsockname()[1])
    servers = [first]
    for host, exchanger in zip(hosts[1:], made[1:], strict=True):
        servers.append(await asyncio.start_server(exchanger.serve, host, port))
    try:
        yield port, made
    finally:
        for server in servers:
            server.close()
        dialogues = [task for exchanger in made for task in exchanger.dialogues]
        for task in dialogues:
            task.cancel()
        await asyncio.gather(*dialogues, return_exceptions=True)
        await asyncio.sleep(0)  # let the transports close before the loop does
