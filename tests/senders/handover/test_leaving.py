"""What a mail is asked at the front of its lane, and the room it holds until it has left."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from runtime.mailbox import Address
from senders.handover.delivery import ACCEPTED, EXPIRED, Ended
from senders.handover.facts import Facts
from senders.handover.handover import Handover
from senders.handover.leaving import Leaving
from senders.handover.services import Again, Clear
from senders.handover.states import Entry
from senders.handover.ticket import Ticket
from senders.volume.volume import Room
from tests.senders.builders import NOW_MS, decision

ANN = Address("ann@inbox.example", "inbox.example")
FACTS = Facts(None, None, None, [], frozenset(), NOW_MS, math.inf)
FRESH, STALE = Clear(ANN, FACTS), Clear(ANN, replace(FACTS, fresh_until=-math.inf))


class House:
    """A mail, and what it would be told."""

    def __init__(self, clear: Clear, *, looked: Any = FRESH, room: Room | None = None) -> None:
        self.now_ms, self.looks, self.asked, self.given_back = NOW_MS, 0, 0, 0
        self._looked, self._room = looked, room or Room()
        services: Any = SimpleNamespace(
            clock=SimpleNamespace(now_ms=self._now), volume=SimpleNamespace(room=self._room_of)
        )
        looks: Any = self
        made = decision(expires_at=NOW_MS + 10)
        ticket = Ticket(made, 0, asyncio.Event(), lambda: True, lambda _change: None, "mine")
        self.leaving = Leaving(services, looks, ticket, clear, 7)
        self.services, self.ticket = services, ticket

    async def _now(self) -> int:
        return self.now_ms

    async def look(self, _ticket: object, _known: object) -> Any:
        self.looks += 1
        return self._looked

    @asynccontextmanager
    async def _room_of(self, _decision: object, now_ms: int, since: int) -> AsyncIterator[Room]:
        assert (now_ms, since) == (NOW_MS, 7)
        self.asked += 1
        yield self._room
        self.given_back += not self._room.left


async def test_it_takes_room_once_and_gives_it_back_unless_it_left() -> None:
    for entry, back in ((Entry(ACCEPTED, "mine", 1), 0), (Entry(EXPIRED, "mine", 1), 1)):
        house = House(FRESH)
        async with house.leaving as leaving:
            assert await leaving.ready()
            assert await leaving.ready()
            leaving.left(Ended(entry))
        assert (house.asked, house.given_back, house.looks) == (1, back, 0)


async def test_with_no_room_it_may_not_leave() -> None:
    house = House(FRESH, room=Room(wait=3.0))
    async with house.leaving as leaving:
        assert not await leaving.ready()


async def test_what_expired_in_line_asks_for_no_room() -> None:
    house = House(FRESH)
    house.now_ms += 10
    assert await house.leaving.ready(), "a clock that must be asked isn't while facts are fresh"
    late = House(STALE)
    late.now_ms += 10
    assert not await late.leaving.ready()
    assert (late.asked, late.leaving.instead) == (0, None)


@pytest.mark.parametrize(
    "looked", [Again("paused", 1.0), Clear(Address("ann@other.example", "other.example"), FACTS)]
)
async def test_while_it_waits_for_the_pace_it_is_looked_at_again(looked: Any) -> None:
    house = House(STALE, looked=looked)
    assert not await house.leaving.waits()
    assert isinstance(house.leaving.instead, Again)
    house = House(STALE)
    assert await house.leaving.waits()
    assert house.leaving.clear is FRESH
    assert await house.leaving.waits()
    assert house.looks == 1, "what was read a moment ago isn't read again"


@asynccontextmanager
async def front(_domain: str, _ticket: Ticket, mail: Leaving) -> AsyncIterator[None]:
    """A turn that ends where the mail may not leave."""
    assert not await mail.ready()
    yield None


@pytest.mark.parametrize("why", ["expired", "no room"])
async def test_who_gives_up_its_turn_waits_for_room_or_is_looked_at_anew(why: str) -> None:
    house = House(STALE, room=Room(wait=3.0))
    house.services.turns = SimpleNamespace(turn=front)
    handover = Handover(house.services)
    if why == "expired":
        house.now_ms += 10
    outcome = await handover._take_turn(house.ticket, house.leaving)
    assert isinstance(outcome, Again)
    assert (outcome.why, outcome.seconds, outcome.crowd) == (
        ("expired_in_line", 0.0, "")
        if why == "expired"
        else ("volume", 3.0, "waiting/volume/marketing")
    )
