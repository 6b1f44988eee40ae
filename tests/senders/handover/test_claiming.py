"""Whether a ticket's claim may stand with nothing sent: then nobody else could end its decision."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from runtime.mailbox import Address
from senders.errors import StoreAwayError
from senders.handover.endings import Endings
from senders.handover.facts import Facts
from senders.handover.handover import Handover
from senders.handover.services import Again, Clear, sent_of
from senders.handover.states import Entry, State
from senders.handover.ticket import Ticket
from senders.smtp.connection import Lost, NotClaimed, Result
from senders.smtp.replies import Stage
from tests.senders.builders import NOW_MS, decision

ANN = Address("ann@inbox.example", "inbox.example")
CLEAR = Clear(ANN, Facts(None, None, None, [], frozenset(), NOW_MS, time.monotonic()))


class House:
    """A mail whose claim is answered, and then the question for its code."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: str, *, away: bool) -> None:
        self.ticket = Ticket(
            decision(), 0, asyncio.Event(), lambda: True, lambda _change: None, "mine"
        )
        self._owner, self._away = owner, away
        services: Any = SimpleNamespace(
            ledger=self, metrics=SimpleNamespace(sender_smtp_seconds=self)
        )
        self.handover = Handover(services)
        monkeypatch.setattr(self.handover._looks, "look", self._look)
        for name in ("take_code", "take_ask", "conclude"):
            monkeypatch.setattr(self.handover._endings, name, self._taken)

    async def _look(self, *_asked: object) -> Clear:
        return CLEAR

    async def claim(self, *_asked: object) -> Entry:
        return Entry(State.CLAIMED, self._owner, NOW_MS)

    async def _taken(self, *_asked: object) -> None:
        if self._away:
            raise StoreAwayError("ledger", TimeoutError())

    def observe(self, _seconds: float) -> None:
        """Time taken."""

    async def run(self) -> None:
        mail: Any = SimpleNamespace(envelope_from="us@sender.example", data=b"", instead={})
        turn: Any = SimpleNamespace(provider="default", hand_over=self._speak)
        await self.handover._hand_over(self.ticket, CLEAR, mail, turn)

    @staticmethod
    async def _speak(
        _sender: str, _mailbox: str, _mail: bytes, before: Callable[[], Awaitable[bool]]
    ) -> Result:
        return Lost(Stage.DATA, "silent") if await before() else NotClaimed()


@pytest.mark.parametrize("owner", ["mine", "another's"])
async def test_a_claim_that_is_another_s_or_led_to_data_is_for_others_to_end(
    monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    house = House(monkeypatch, owner, away=False)
    await house.run()
    assert not house.ticket.claiming


async def test_a_claim_that_stands_without_data_is_for_its_ticket_to_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House(monkeypatch, "mine", away=True)
    with pytest.raises(StoreAwayError):
        await house.run()
    assert house.ticket.claiming


@pytest.mark.parametrize("claimed", [False, True])
async def test_a_server_gone_before_data_has_the_claim_given_back(*, claimed: bool) -> None:
    released = []

    class Ledger:
        async def release(self, decision_id: str, claim: Entry, _at_ms: int) -> None:
            released.append((decision_id, claim))

    services: Any = SimpleNamespace(ledger=Ledger())
    ticket = Ticket(decision(), 0, asyncio.Event(), lambda: True, lambda _change: None, "mine")
    claim = Entry(State.CLAIMED, "mine", NOW_MS) if claimed else None
    sent = sent_of(ticket.decision, ANN.mailbox, "default", NOW_MS)
    lost = Lost(Stage.RCPT, "closed")
    outcome = await Endings(services).conclude(ticket, CLEAR, claim, sent, lost)
    assert outcome == Again("lost_rcpt")
    assert released == ([("d1", claim)] if claimed else [])
