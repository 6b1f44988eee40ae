"""The shoppers' hands: carrying out their actions on the real wires, and booking what was done."""

import time
from typing import Any

import httpx
from confluent_kafka import Producer

from deploy.demo.actions import Action, Complain, Confirm, Emit, EmitBad, FollowLink, Unsubscribe
from deploy.demo.errors import DemoError
from deploy.demo.ledger import Ledger
from deploy.demo.mistakes import bad_bytes
from deploy.demo.postmaster import Postmaster
from deploy.demo.shoppers import Shoppers
from schemas.codec import Codec
from schemas.emitter import Emitter
from schemas.topics import Topology

_FLUSH_SECONDS = 30.0
_REDIRECTS = {301, 302, 303, 307, 308}


def wall_ms() -> int:
    """Give the wall clock, epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Hands:
    """Emits through the `Emitter` as product apps do, and follows links by HTTP as people do.

    Args:
        config: librdkafka's configuration.
        topology: Topic names.
        codec: For bad records, which no `Emitter` would take.
        shoppers: Whose visits begin where a link leads.
        ledger: Where everything done is booked.
        postmaster: Tells of what readers call spam.
    """

    def __init__(
        self,
        config: dict[str, Any],
        topology: Topology,
        codec: Codec,
        shoppers: Shoppers,
        ledger: Ledger,
        postmaster: Postmaster,
    ) -> None:
        self._postmaster = postmaster
        self._topology = topology
        self._codec = codec
        self._shoppers = shoppers
        self._ledger = ledger
        self._emitter = Emitter({**config, "linger.ms": 100}, topology=topology)
        self._raw = Producer({**config, "enable.idempotence": True, "linger.ms": 100})
        self._http = httpx.Client(follow_redirects=False, timeout=10.0)
        self._withdrawals: list[Emit] = []
        self._refused: list[str] = []

    def do(self, action: Action) -> None:
        """Carry out one action."""
        if isinstance(action, Emit):
            self._emit(action)
        elif isinstance(action, EmitBad):
            self._emit_bad(action)
        elif isinstance(action, FollowLink):
            self._follow(action)
        elif isinstance(action, Complain):
            self._complain(action)
        elif isinstance(action, Confirm):
            self._confirm(action)
        else:
            self._unsubscribe(action)

    def finish(self) -> None:
        """Wait until Kafka has acknowledged everything emitted, and book withdrawals as known.

        Raises:
            UndeliveredError: Something was not delivered.
            DemoError: A bad record was not delivered.
        """
        self._emitter.flush(_FLUSH_SECONDS)
        left = self._raw.flush(_FLUSH_SECONDS)
        if left or self._refused:
            raise DemoError(f"{left} bad records not delivered; {self._refused[:1]}")
        now = wall_ms()
        for event in self._withdrawals:
            self._ledger.withdrawal_acknowledged(event, now)
        self._withdrawals.clear()

    def restock(self, at_ms: int) -> None:
        """Have the shop tell that what was sold out is there again."""
        for product in self._shoppers.restock(at_ms):
            self._emitter.emit("catalog", product)
        self._emitter.flush(_FLUSH_SECONDS)

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def _emit(self, action: Emit) -> None:
        self._ledger.emitted(action, wall_ms())
        self._emitter.emit(action.name, action.record)
        if action.name == "consent" and action.record["action"] == "opt_out" and not action.repeat:
            self._withdrawals.append(action)

    def _emit_bad(self, action: EmitBad) -> None:
        def report(error: Any, message: Any) -> None:
            if error is not None:
                self._refused.append(str(error))
            else:
                place = (message.topic(), message.partition(), message.offset())
                self._ledger.bad[place] = action.reason

        topic = self._topology.for_record(action.record_name)
        self._raw.produce(topic, bad_bytes(action, self._codec), on_delivery=report)

    def _follow(self, action: FollowLink) -> None:
        answer = self._http.get(action.url, headers={"User-Agent": "Mozilla/5.0 (a shopper)"})
        if answer.status_code not in _REDIRECTS:
            raise DemoError(f"a link in a mail answered {answer.status_code}: {answer.text[:200]}")
        subscriber = self._shoppers.people[action.shopper].subscriber_id
        self._ledger.clicked(subscriber, action.decision_id)
        self._shoppers.landed(action, answer.headers["Location"])

    def _confirm(self, action: Confirm) -> None:
        answer = self._http.post(action.url, data={"confirm": "yes"})
        if answer.status_code >= 300:
            raise DemoError(f"confirming answered {answer.status_code}: {answer.text[:200]}")
        subscriber = self._shoppers.people[action.shopper].subscriber_id
        self._ledger.confirmation_acknowledged(subscriber, action.decision_id, wall_ms())
        self._shoppers.confirmed(action.shopper)

    def _complain(self, action: Complain) -> None:
        self._postmaster.complain(action.letter.mail)
        subscriber = self._shoppers.people[action.shopper].subscriber_id
        self._ledger.complaint_acknowledged(subscriber, action.letter.decision_id, wall_ms())
        self._shoppers.unsubscribed(action.shopper)

    def _unsubscribe(self, action: Unsubscribe) -> None:
        # RFC 8058, section 3.2: one POST, no cookies, no further questions.
        answer = self._http.post(action.url, data={"List-Unsubscribe": "One-Click"})
        if answer.status_code >= 300:
            raise DemoError(f"unsubscribing answered {answer.status_code}: {answer.text[:200]}")
        subscriber = self._shoppers.people[action.shopper].subscriber_id
        self._ledger.unsubscribe_acknowledged(subscriber, action.decision_id, wall_ms())
        self._shoppers.unsubscribed(action.shopper)
