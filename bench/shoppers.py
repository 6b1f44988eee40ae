"""The events that every peer works on: seeded sessions of shoppers, busy ones far more often.

Most sessions are of people who are not known, as in any shop. Decisions follow from what known
people do, so how many there are for each thousand events is part of every result.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from schemas.codec import Record

START_MS = 1_756_684_800_000
"""2025-09-01T00:00:00Z: the first hour."""
HOUR_MS = 3_600_000
TICK_MS = 4 * HOUR_MS
"""Between ticks: a partition's timers then fire about once in a thousand records, as under a wall
clock at full speed, where they fire between batches."""
PRODUCTS = 2_000
CATEGORIES = 40
FAVOURITES = 3
"""Categories a person looks at, one in each session."""
MIX: dict[str, float] = {
    "browse": 0.75,
    "search": 0.08,
    "cart": 0.10,
    "purchase": 0.03,
    "click": 0.02,
    "profile": 0.01,
    "consent": 0.01,
}
"""Share of each record in a known person's session; others only browse, search and fill carts."""
CONSENTING = 0.5
"""Share of the subscribers whose consent stands at the start."""
ANONYMOUS = 0.7
"""Share of sessions of people who are not known."""
SESSION_EVENTS = 5.0
"""Events of a session on average; their number is geometric."""
PAUSE_MS = 60_000.0
"""Between two events of a session on average; exponential."""
SKEW = 3.0
"""Person = people * u^SKEW for a uniform u: a tenth of the people make half of the sessions."""

Event = tuple[str, Record]

_EACH = PRODUCTS // CATEGORIES


@dataclass(frozen=True)
class Shoppers:
    """People of a shop and what they do.

    Attributes:
        people: Subscribers; as many again come and go anonymously.
        seed: The same seed gives the same events.
    """

    people: int
    seed: int = 1

    def join(self) -> list[Event]:
        """Everyone's address, and the consent of those who give it, in the first hour."""
        chance = random.Random(self.seed)
        events: list[Event] = []
        for person in range(self.people):
            who = {"subscriber_id": f"s-{person}", "occurred_at": START_MS + person % HOUR_MS}
            events.append(("profile", {"event_id": _event_id(chance), **who, **_address(person)}))
            if chance.random() < CONSENTING:
                given = {"event_id": _event_id(chance), **who, **_opt_in(START_MS)}
                events.append(("consent", given))
        return events

    def stretch(self, first: int, hours: int, events: int) -> Iterator[tuple[int, list[Event]]]:
        """Yield the events by their time, between ticks: each tick's time, epoch milliseconds.

        Args:
            first: Number of the first hour since the start.
            hours: How many hours.
            events: How many events over all of them.
        """
        begin = START_MS + first * HOUR_MS
        chance = random.Random(f"{self.seed}/{first}")
        made = list(islice(self._sessions(chance, begin, hours * HOUR_MS), events))
        made.sort(key=lambda event: event[1]["occurred_at"])
        between = groupby(made, key=lambda event: (event[1]["occurred_at"] - begin) // TICK_MS)
        found = {number: list(events) for number, events in between}
        for number in range(-(-hours * HOUR_MS // TICK_MS)):
            yield begin + (number + 1) * TICK_MS, found.get(number, [])

    def _sessions(self, chance: random.Random, begin_ms: int, length_ms: int) -> Iterator[Event]:
        """Sessions one after the other, each with its events; they overlap in time."""
        while True:
            person = int(self.people * chance.random() ** SKEW)
            who = {"subscriber_id": f"s-{person}", "session_id": f"{chance.getrandbits(64):016x}"}
            if chance.random() < ANONYMOUS:
                who = {"anonymous_id": f"visitor-{person}", "session_id": who["session_id"]}
            category = (person * 13 + chance.randrange(FAVOURITES) * 7) % CATEGORIES
            at_ms = begin_ms + chance.randrange(length_ms)
            going_on = True
            while going_on:
                product = product_of(category + CATEGORIES * int(_EACH * chance.random() ** 2))
                at_ms = min(at_ms, begin_ms + length_ms - 1)
                yield _event(chance, person, {"occurred_at": at_ms, **who}, product)
                at_ms += int(chance.expovariate(1 / PAUSE_MS))
                going_on = chance.random() > 1 / SESSION_EVENTS


_NAMES, _WEIGHTS = tuple(MIX), tuple(MIX.values())


def _event(  # noqa: PLR0911 - one line for each record
    chance: random.Random, person: int, who: Record, product: Record
) -> Event:
    name = chance.choices(_NAMES, _WEIGHTS)[0]
    if "anonymous_id" in who and name not in ("browse", "search", "cart"):
        name = "browse"
    head = {"event_id": _event_id(chance), **who}
    if name == "profile":
        return name, {**head, **_address(person)}
    if name == "consent":
        return name, {**head, **_consent(chance, who["occurred_at"])}
    if name == "search":
        return name, {**head, "query": product["category"], "category": product["category"]}
    if name == "click":
        return name, {**head, **product, "decision_id": f"{chance.getrandbits(128):032x}"}
    if name == "cart":
        action = chance.choices(("add", "remove", "checkout_started"), (8, 1, 1))[0]
        return name, {**head, **product, "action": action, "quantity": 1}
    if name == "purchase":
        return name, {**head, **_order(chance, product)}
    return name, {**head, **product}


def product_of(number: int) -> Record:
    """A product's id, category and price, as events carry them."""
    return {
        "product_id": f"product-{number}",
        "category": f"category-{number % CATEGORIES}",
        "price": 5.0 + number % 145,
    }


def catalog() -> Iterator[Record]:
    """Every product, as in the catalog topic."""
    for number in range(PRODUCTS):
        yield {**product_of(number), "name": f"Product {number}", "stock": 10, "updated_at": 1}


def _event_id(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128)))


def _address(person: int) -> Record:
    address = f"s-{person}@shop.example"
    return {"address": address, "locale": "en", "time_zone": "Europe/Berlin", "attributes": {}}


def _opt_in(at_ms: int) -> Record:
    proof = {"source": "form", "text_version": "1", "confirmed_at": at_ms}
    return {"action": "opt_in", "purpose": "marketing", "proof": proof}


def _consent(chance: random.Random, at_ms: int) -> Record:
    if chance.random() < CONSENTING:
        return _opt_in(at_ms)
    return {"action": "opt_out", "purpose": "marketing"}


def _order(chance: random.Random, product: Record) -> Record:
    item = {**product, "quantity": 1}
    order_id = f"o-{chance.getrandbits(64):016x}"
    return {"order_id": order_id, "items": [item], "total": product["price"]}
