"""A recorded stretch of shoppers' events with ticks between, seeded: what fault tests replay."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.codec import Record

START_MS = 1_756_684_800_000
"""2025-09-01T00:00:00Z."""
HOUR_MS = 3_600_000
CATEGORIES = ("shoes", "coats", "bags", "hats")


@dataclass(frozen=True)
class Workload:
    """So many people over so many hours.

    Attributes:
        seed: The same seed gives the same events.
        withdrawals: Share of events that withdraw consent.
        repeats: Share of events emitted twice under one id, as product apps do on a retry.
        refunds: Share of orders of which something is paid back, some hours later.
    """

    people: int = 200
    hours: int = 72
    events_an_hour: int = 60
    seed: int = 1
    withdrawals: float = 0.01
    repeats: float = 0.02
    refunds: float = 0.0

    def steps(self) -> Iterator[tuple[int, list[tuple[str, Record]]]]:
        """Yield each hour's closing time, epoch milliseconds, and its events in order."""
        chance = random.Random(self.seed)
        regret = random.Random(self.seed)  # its own: the other events are the same without
        due: dict[int, list[Record]] = {}
        for hour in range(self.hours):
            begin = START_MS + hour * HOUR_MS
            events: list[tuple[str, Record]] = []
            if hour == 0:
                for person in range(self.people):
                    events += _joining(person, begin)
            for number in range(self.events_an_hour):
                at = begin + chance.randrange(HOUR_MS)
                name, event = _event(chance, self, hour, number, at)
                events.append((name, event))
                if chance.random() < self.repeats:
                    events.append((name, event))
                if name == "purchase" and regret.random() < self.refunds:
                    later = hour + regret.randrange(1, 20)
                    due.setdefault(later, []).append(_refund(regret, event, later))
            events += [("refund", refund) for refund in due.pop(hour, ())]
            yield begin + HOUR_MS, events

    @property
    def events(self) -> int:
        """How many records all steps hold, repeats included."""
        return sum(len(events) for _, events in self.steps())


def _joining(person: int, at_ms: int) -> list[tuple[str, Record]]:
    head = {"subscriber_id": f"s-{person}", "occurred_at": at_ms + person}
    address = {"address": f"s-{person}@shop.example", "locale": "en", "time_zone": "Europe/Berlin"}
    consent = {
        "action": "opt_in",
        "purpose": "marketing",
        "proof": {"source": "form", "text_version": "1", "confirmed_at": at_ms},
    }
    return [
        ("profile", {"event_id": f"p-{person}", **head, **address}),
        ("consent", {"event_id": f"o-{person}", **head, **consent}),
    ]


def _event(
    chance: random.Random, workload: Workload, hour: int, number: int, at_ms: int
) -> tuple[str, Record]:
    person = min(int(chance.paretovariate(0.8)) - 1, workload.people - 1)
    category = chance.choice(CATEGORIES)
    head = {
        "event_id": f"e-{hour}-{number}",
        "occurred_at": at_ms,
        "subscriber_id": f"s-{person}",
    }
    product = {
        "product_id": f"{category}-{chance.randrange(50)}",
        "category": category,
        "price": round(chance.uniform(5, 150), 2),
    }
    draw = chance.random()
    if draw < 0.70:
        return "browse", {**head, **product}
    if draw < 0.88:
        return "cart", {**head, **product, "action": "add"}
    if draw < 0.92:
        return "search", {**head, "query": category}
    if draw < 0.92 + workload.withdrawals:
        return "consent", {**head, "action": "opt_out", "purpose": "marketing"}
    total = product["price"]
    item = {**product, "quantity": 1}
    return "purchase", {
        **head,
        "order_id": f"o-{hour}-{number}",
        "items": [item],
        "total": total,
    }


def _refund(chance: random.Random, purchase: Record, hour: int) -> Record:
    """Some of an order, or all of it, is paid back."""
    return {
        "event_id": f"r-{purchase['event_id']}",
        "occurred_at": START_MS + hour * HOUR_MS + chance.randrange(HOUR_MS),
        "subscriber_id": purchase["subscriber_id"],
        "order_id": purchase["order_id"],
        "total": chance.choice([None, round(purchase["total"] / 3, 2)]),
    }
