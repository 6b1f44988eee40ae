"""The sender role as it is, in this process, measured between two of its mails.

python -m bench.peers.sender TASK
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from bench.meter import Meter, tell
from bench.sending_task import SendingTask
from runtime.logging import configure
from senders.handover.delivery import ACCEPTED, Ended
from senders.handover.ticket import Ticket
from senders.worker import Sender


class Counting(Sender):
    """Watches how many mails were accepted; ends itself, as by SIGTERM, after the last."""

    def __init__(self, task: SendingTask, meter: Meter) -> None:
        super().__init__(task.loaded())
        self._first, self._last = task.warm, task.warm + task.mails
        self._meter = meter
        self._accepted = 0

    def _report(self, ticket: Ticket, ended: Ended) -> None:
        super()._report(ticket, ended)
        assert ended.entry.state == ACCEPTED, f"{ended.entry.state}: {ended.detail}"
        self._accepted += 1
        if self._accepted == self._first:
            self._meter.start()
        if self._accepted == self._last:
            self._meter.stop()
            os.kill(os.getpid(), signal.SIGTERM)


def main(task: SendingTask) -> None:
    """Run the role and tell what it took."""
    meter = Meter()
    configure("sender")
    asyncio.run(Counting(task, meter).run())
    tell(meter.measured(task.mails))


if __name__ == "__main__":
    main(SendingTask.read(Path(sys.argv[1])))
