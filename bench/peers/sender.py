"""The sender role as it is, in this process, measured between two of its mails.

    python -m bench.peers.sender [steps] TASK

With `steps` it also tells what each step took, and the rest of its figures are worth less.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from bench.meter import Meter, tell
from bench.sending_task import SendingTask
from bench.steps import Steps
from runtime import redis_line
from runtime.logging import configure
from senders import worker
from senders.handover import looking
from senders.handover.delivery import ACCEPTED, Ended
from senders.handover.facts import FactReader
from senders.handover.ledger import Ledger
from senders.handover.ticket import Ticket
from senders.mail.composer import Composer
from senders.pace.turns import Turns
from senders.signing.dkim import Signer
from senders.smtp import wire as smtp_wire
from senders.smtp.connection import Connection
from senders.volume.volume import Volume
from senders.worker import Sender


class Counting(Sender):
    """Watches how many mails were accepted; ends itself, as by SIGTERM, after the last."""

    def __init__(self, task: SendingTask, meter: Meter, steps: Steps | None) -> None:
        super().__init__(task.loaded())
        self._first, self._last = task.warm, task.warm + task.mails
        self._meter, self._steps = meter, steps
        self._accepted = 0
        self.stages: dict[str, float] = {}

    def _report(self, ticket: Ticket, ended: Ended) -> None:
        super()._report(ticket, ended)
        assert ended.entry.state == ACCEPTED, f"{ended.entry.state}: {ended.detail}"
        self._accepted += 1
        if self._accepted == self._first:
            self._meter.start()
            if self._steps is not None:
                self._steps.start()
        if self._accepted == self._last:
            self._meter.stop()
            if self._steps is not None:
                self.stages = self._steps.stop()
            os.kill(os.getpid(), signal.SIGTERM)


def watched() -> Steps:
    """Every step of sending, watched."""
    steps = Steps()
    steps.watch(FactReader, "read", "facts")
    steps.watch(FactReader, "renew", "facts")
    steps.watch(looking, "check", "facts")
    steps.watch(Turns, "_wait_for_pace", "pace")
    steps.watch(Composer, "untrue", "render")
    steps.watch(Composer, "compose", "render")
    steps.watch(Signer, "sign", "sign")
    steps.watch(Ledger, "claim", "claim")
    steps.watch(Ledger, "settle", "settle")
    steps.watch(Connection, "hand_over", "SMTP")
    steps.watch(smtp_wire.Wire, "data_received", "SMTP")
    steps.watch(redis_line.Wire, "send", "stores")
    steps.watch(redis_line.Wire, "data_received", "stores")
    steps.watch(Volume, "look", "volume")
    steps.watch(Volume, "_take", "volume")
    steps.watch(worker, "delivery_event", "events")
    steps.watch(Sender, "_report", "events")
    return steps


def main(task: SendingTask, *, step_by_step: bool) -> None:
    """Run the role and tell what it took."""
    meter = Meter()
    configure("sender")
    sender = Counting(task, meter, watched() if step_by_step else None)
    asyncio.run(sender.run())
    tell(meter.measured(task.mails, sender.stages))


if __name__ == "__main__":
    main(SendingTask.read(Path(sys.argv[-1])), step_by_step="steps" in sys.argv[1:-1])
