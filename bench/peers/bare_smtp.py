"""A bare aiosmtplib loop: the same bytes over as many connections, and nothing else.

python -m bench.peers.bare_smtp TASK
"""

import asyncio
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import aiosmtplib
import msgspec

from bench.meter import Meter, tell
from bench.sending_task import SendingTask

FROM, TO = "news@shop.example", "person-{}@inbox.example"


def main(task: SendingTask) -> None:
    """Send, and tell what it took."""
    meter = Meter()
    mails = msgspec.json.decode(Path(task.bytes_path).read_bytes(), type=list[bytes])
    asyncio.run(_send(task, mails, meter))
    tell(meter.measured(task.mails))


async def _send(task: SendingTask, mails: list[bytes], meter: Meter) -> None:
    sender = task.loaded().sender
    # Shared by all connections; whoever is free takes the next.
    queue = enumerate(islice(cycle(mails), task.warm + task.mails), 1)
    connections = (
        _connection(sender.smtp_host, sender.smtp_port, queue, task, meter)
        for _ in range(sender.connections)
    )
    await asyncio.gather(*connections)
    meter.stop()


async def _connection(
    host: str, port: int, queue: Iterator[tuple[int, bytes]], task: SendingTask, meter: Meter
) -> None:
    client = aiosmtplib.SMTP(hostname=host, port=port, start_tls=False, timeout=30)
    await client.connect()
    for number, mail in queue:
        await client.mail(FROM)
        await client.rcpt(TO.format(number))
        await client.data(mail)
        if number == task.warm:
            meter.start()
    await client.quit()


if __name__ == "__main__":
    main(SendingTask.read(Path(sys.argv[1])))
