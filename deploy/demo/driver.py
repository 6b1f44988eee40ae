"""The driven run: step by step through simulated weeks, each step ended before the next begins."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from confluent_kafka import Producer

from deploy.demo.account import Received
from deploy.demo.hands import Hands, wall_ms
from deploy.demo.ledger import Ledger
from deploy.demo.letters import Keepsakes, OpenedMail
from deploy.demo.observer import Observer
from deploy.demo.people import HOUR_MS, Mailbox
from deploy.demo.postmaster import Postmaster
from deploy.demo.seals import Examiner
from deploy.demo.settle import Settling
from deploy.demo.shoppers import START_MS, Shoppers
from deploy.demo.stage import Stage
from schemas.codec import Codec
from schemas.keys import clock_key
from schemas.registry import BundledRegistry
from streams.ticks import write_ticks

CONFIRMS = "confirm_opt_in"
"""The flow whose mail needs no consent: it asks for it."""
STEP_MS = 3 * HOUR_MS
"""Timers fall due to the step: at most this late in simulated time."""


@dataclass(slots=True)
class Progress:
    """How far a run is, for the view.

    Attributes:
        clock_ms: The driven clock, epoch milliseconds.
        lived_ms: Up to when shoppers have lived; ahead of the clock until its next tick.
        share: Of the simulated time, 0 to 1.
        mails: Mails accepted by the inbox, opened so far.
    """

    clock_ms: int = START_MS
    lived_ms: int = START_MS
    share: float = 0.0
    mails: list[Received] = field(default_factory=list)


class Driver:
    """Runs the shoppers against a stage.

    Args:
        stage: Everything, started.
        shoppers: The shoppers.
        on_look: Called often, to redraw the view.

    Attributes:
        ledger: The shoppers' books.
        observer: What stands in the topics.
        settling: Waits until all is quiet.
        examiner: Looks at every mail's signatures.
        progress: How far it is.
    """

    def __init__(self, stage: Stage, shoppers: Shoppers, on_look: Callable[[], None]) -> None:
        self._stage = stage
        self._shoppers = shoppers
        self._on_look = on_look
        self._codec = Codec(BundledRegistry())
        self._state = stage.redis_state()
        self._ticker = Producer({**stage.kafka_config, "enable.idempotence": True, "linger.ms": 0})
        self._mails = stage.inbox.reader()
        self._keepsakes = Keepsakes(stage.folder / "mails")
        self._step_began_ms = 0
        self.progress = Progress()
        self.ledger = Ledger()
        self.observer = Observer(stage.kafka_config, stage.topology, self._codec)
        self._postmaster = Postmaster(
            *stage.inbound_at, stage.complaints_to, self.ledger, time.time
        )
        self._hands = Hands(
            stage.kafka_config,
            stage.topology,
            self._codec,
            shoppers,
            self.ledger,
            self._postmaster,
        )
        self.examiner = Examiner(stage.names)
        self.settling = Settling(
            self.observer, self._state, stage.topology, self.ledger, stage.check
        )

    def run(self) -> None:
        """Drive the clock from the first moment to the last; halfway the shop restocks.

        Shoppers live on while the mails of the last tick are still on their way, as in life; the
        next tick waits until those are out and everything else is quiet.
        """
        end_ms = self._shoppers.end_ms
        self._tick(START_MS)
        clock_ms, restocks_ms = START_MS, (START_MS + end_ms) // 2
        while clock_ms < end_ms:
            clock_ms = min(clock_ms + STEP_MS, end_ms)
            self._act(clock_ms)
            if restocks_ms <= clock_ms:
                self._hands.restock(clock_ms)
                restocks_ms = end_ms + 1
            self._settle()
            self._collect_mails()
            self._tick(clock_ms)
            self.progress.share = (clock_ms - START_MS) / (end_ms - START_MS)
        self._settle(to_ends=True)
        self._collect_mails()
        # What came back of the last mails.
        self._settle(to_ends=True)

    def close(self) -> None:
        """Let go of brokers and connections."""
        self.examiner.close()
        self._hands.close()
        self.observer.close()
        self._state.close()

    def _act(self, until_ms: int) -> None:
        """Let shoppers do what they do until then, consequences of clicks included."""
        acted = True
        while acted:
            acted = False
            for action in self._shoppers.advance(until_ms):
                self._hands.do(action)
                acted = True
        self._hands.finish()
        self.progress.lived_ms = until_ms

    def _settle(self, *, to_ends: bool = False) -> None:
        self.settling.wait(self.progress.clock_ms, self._on_look, to_ends=to_ends)

    def _tick(self, at_ms: int) -> None:
        """Begin the next clock step: for the senders first, then for the workers."""
        self._step_began_ms = wall_ms()
        # Acknowledgements and the step are compared by the millisecond; keep them apart.
        time.sleep(0.001)
        self._state.set(clock_key(self._stage.topology.namespace), at_ms)
        write_ticks(self._ticker, self._stage.topology, self._codec, at_ms)
        self.progress.clock_ms = at_ms

    def _collect_mails(self) -> None:
        """Open what the inbox accepted since, and hand it to the shoppers."""
        for mail in self._mails.new():
            opened = OpenedMail(mail)
            decided = self.observer.decisions.get(opened.decision_id)
            self._keepsakes.offer(decided.template if decided else "unknown", opened)
            self.progress.mails.append(
                Received(
                    opened.decision_id,
                    opened.message_id,
                    opened.recipient,
                    mail.accepted_at_ms,
                    self._step_began_ms,
                    decided is not None and decided.flow == CONFIRMS,
                )
            )
            self.examiner.take(mail.content)
            mailbox = self._shoppers.mailbox_of(opened.recipient)
            if mailbox is not Mailbox.FINE:
                self._postmaster.bounce(mail, mailbox, opened.decision_id)
            # By the shoppers' time: nobody reads a mail before what led to it.
            self._shoppers.receive(opened.recipient, opened.letter(self.progress.lived_ms))
