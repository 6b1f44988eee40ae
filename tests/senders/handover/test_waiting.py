"""A decision waits in its place while there is one, and is laid aside where there is none."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from senders.errors import AbandonedError, CrowdedError
from senders.handover.crowds import Crowds
from senders.handover.handover import Handover
from senders.handover.services import Again
from senders.handover.ticket import Ticket
from tests.senders.builders import decision


class Volume:
    """Told of who no longer waits."""

    def __init__(self) -> None:
        self.left: list[str] = []

    async def leave(self, made: dict[str, Any]) -> None:
        self.left.append(made["decision_id"])


class House:
    """Decisions that all wait for the same."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, outcome: Again, most: int) -> None:
        self.volume, self.crowds, self.parked = Volume(), Crowds(most), 0
        self.stopping = asyncio.Event()
        services: Any = SimpleNamespace(volume=self.volume, crowds=self.crowds)
        self.handover = Handover(services)

        async def attempt(_ticket: Ticket) -> Again:
            return outcome

        monkeypatch.setattr(self.handover, "_attempt", attempt)

    def park(self, change: int) -> None:
        self.parked += change

    def start(self, *, claiming: bool = False) -> "asyncio.Task[object]":
        ticket = Ticket(decision(), 0, self.stopping, lambda: True, self.park)
        ticket.claiming = claiming
        return asyncio.create_task(self.handover.finish(ticket))


async def ended(tasks: "list[asyncio.Task[object]]") -> list[BaseException | None]:
    for _ in range(5):
        await asyncio.sleep(0)
    return [task.exception() for task in tasks if task.done()]


@pytest.mark.parametrize("why", ["paused", "volume"])
async def test_past_its_share_it_is_laid_aside(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    house = House(monkeypatch, Again(why, 600.0, crowd="waiting/it"), most=10)
    tasks = [house.start() for _ in range(8)]
    aside = await ended(tasks)
    assert [type(error) for error in aside] == [CrowdedError] * 3
    assert house.parked == 5
    assert house.volume.left == (["d1"] * 3 if why == "volume" else [])
    own = house.start(claiming=True)
    assert await ended([own]) == [], "its claim may stand: nobody else can tell"
    house.stopping.set()
    done = await asyncio.gather(*tasks, own, return_exceptions=True)
    assert [type(error) for error in done if not isinstance(error, CrowdedError)] == (
        [AbandonedError] * 6
    )
    assert (house.parked, house.crowds.room("waiting/it")) == (0, 5)


async def test_what_only_this_ticket_can_wait_for_is_never_laid_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = House(monkeypatch, Again("claimed_elsewhere", 600.0), most=1)
    tasks = [house.start() for _ in range(8)]
    assert await ended(tasks) == []
    assert house.parked == 8
    house.stopping.set()
    await asyncio.gather(*tasks, return_exceptions=True)
