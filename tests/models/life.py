"""One person's life without brokers: events and timers through the real processors, in order."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streams.processors
from models.errors import RefusedEventError
from models.person.dedupe import first_time
from models.person.profile import Profile, new_profile
from models.step import Record, Step
from models.waiting.wait import REACHABLE, entry_of
from models.world import World
from streams.registry import Registry, discover
from tests.models.programmes import programme_of

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

NOON_MS = 1_700_046_000_000
"""Wednesday 15 November 2023, 12:00 in Berlin: far from quiet hours."""

BUNDLED = Path(__file__).parents[2] / "programme" / "flows.yaml"

REGISTRY: Registry = discover(streams.processors)

_REACHED = entry_of(REACHABLE, "")

_FIELDS: dict[str, Record] = {
    "browse": {"product_id": None, "category": None, "price": None, "session_id": None},
    "cart": {
        "action": "add",
        "product_id": None,
        "category": None,
        "price": None,
        "quantity": 1,
        "session_id": None,
    },
    "click": {
        "decision_id": None,
        "url": None,
        "product_id": None,
        "category": None,
        "price": None,
        "user_agent": None,
        "machine": None,
    },
    "purchase": {
        "order_id": "order-1",
        "items": [],
        "total": 0.0,
        "discount": 0.0,
        "offer": None,
        "code": None,
        "session_id": None,
    },
    "refund": {"order_id": "order-1", "total": None},
    "search": {"query": "tent", "category": None, "results": None, "session_id": None},
    "wish": {"action": "add", "product_id": "tent-1", "price": None},
    "milestone": {"name": "setup_finished", "value": 0.0},
    "consent": {
        "action": "opt_in",
        "purpose": "marketing",
        "preferences": {},
        "proof": {"source": "form", "text_version": "1", "confirmed_at": 1},
        "decision_id": None,
    },
    "profile": {"address": None, "locale": None, "time_zone": None, "attributes": {}},
    "delivery": {
        "decision_id": "",
        "status": "accepted",
        "smtp_code": None,
        "detail": None,
        "provider": None,
        "instead": {},
        "bounce": None,
        "code": None,
        "claimed": None,
        "enhanced": None,
        "source": None,
        "message": None,
        "stream": None,
    },
    "open": {"decision_id": None, "user_agent": None, "trust": "low", "proxy": None},
    "identify": {},
    "merge": {"profile": b""},
}


def event(name: str, at_ms: int, event_id: str, /, **fields: Any) -> Record:
    """An event with defaults for what isn't told."""
    base = {
        "event_id": event_id,
        "occurred_at": at_ms,
        "subscriber_id": "sub-1",
        "anonymous_id": None,
    }
    return {**base, **_FIELDS[name], **fields}


NO_MORE: Record = {
    "kind": "product",
    "text": None,
    "brand": None,
    "tags": [],
    "about": [],
    "since": None,
    "ends_at": None,
}
"""Of a catalog record, what has a default."""


def product(product_id: str, **fields: Any) -> Record:
    """A catalog record."""
    known = {
        "product_id": product_id,
        "name": product_id.title(),
        "category": "tents",
        "price": 50.0,
        "currency": "EUR",
        "stock": 5,
        "rating": 4.0,
        "url": None,
        "image_url": None,
        "updated_at": 0,
        **NO_MORE,
    }
    return {**known, **fields}


def bundled_world() -> World:
    """The programme that ships, an empty catalog, models that have learned nothing.

    Mails leave at once: what waiting adds has tests of its own.
    """
    return World(programme_of(BUNDLED.read_text(encoding="utf-8")).at_once())


@dataclass
class Life:
    """A person, the world, and what came of both."""

    world: World = field(default_factory=bundled_world)
    subscriber: str = "sub-1"
    profile: Profile = field(default_factory=new_profile)
    contact: Record | None = None
    timers: dict[str, int] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    reached: bool = False
    emitted: list[tuple[str, Record]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    noticed: list[tuple[str, str, str]] = field(default_factory=list)
    deliver: bool = True
    now_ms: int = 0
    _count: int = 0

    @property
    def decisions(self) -> list[Record]:
        return [record for name, record in self.emitted if name == "decision"]

    @property
    def outcomes(self) -> list[Record]:
        return [record for name, record in self.emitted if name == "outcome"]

    @property
    def sent(self) -> list[Record]:
        return [record for record in self.decisions if record["action"] == "send"]

    def happens(self, name: str, at_ms: int, /, now_ms: int | None = None, **fields: Any) -> Record:
        """An event of the person, seen when it happens unless `now_ms` says later."""
        self._count += 1
        made = event(name, at_ms, fields.pop("event_id", f"event-{self._count}"), **fields)
        self.apply(name, made, at_ms if now_ms is None else now_ms)
        return made

    def apply(self, name: str, record: Record, now_ms: int) -> None:
        """Apply a record as the lane would."""
        if not first_time(self.profile, record["event_id"]):
            return
        step = Step(self.subscriber, now_ms, self.contact)
        for function in REGISTRY.events.get(name, ()):
            function(record, self.profile, step, self.world)
        self._take(step)

    def pass_time(self, until_ms: int) -> None:
        """Let every timer due until then fire at its time, in order."""
        while self.timers:
            name = min(self.timers, key=lambda timer: (self.timers[timer], timer))
            due_ms = self.timers[name]
            if due_ms > until_ms:
                break
            self.fire(name, due_ms)
        self.now_ms = until_ms

    def fire(self, name: str, now_ms: int) -> None:
        """Fire one timer at a time of choice."""
        due_ms = self.timers.pop(name)
        step = Step(self.subscriber, now_ms)
        try:
            REGISTRY.timers[name.partition(":")[0]](name, due_ms, self.profile, step, self.world)
        except RefusedEventError as error:
            self.refused.append(error.reason)
            return
        self._take(step)

    def reachable(self, at_ms: int = NOON_MS - 40 * DAY_MS) -> "Life":
        """Known with address and consent, the welcome mail long behind them."""
        self.happens("consent", at_ms)
        self.happens("profile", at_ms + 1_000, address="a@example.org", time_zone="Europe/Berlin")
        self.pass_time(at_ms + 20 * DAY_MS)
        self.emitted.clear()
        return self

    def _take(self, step: Step) -> None:
        self.now_ms = step.now_ms
        if step.contact_changed:
            self.contact = step.contact
        for name, due_ms in step.timers.items():
            if due_ms is None:
                self.timers.pop(name, None)
            else:
                self.timers[name] = due_ms
        for entry, stands in step.waits.items():
            if entry == _REACHED:
                self.reached = stands
            else:
                (self.listed.add if stands else self.listed.discard)(entry)
        self.emitted.extend(step.emitted)
        self.noticed.extend(step.noticed)
        for name, record in step.emitted:
            if name == "decision" and record["action"] == "send" and self.deliver:
                self.happens(
                    "delivery",
                    record["decided_at"] + 500,
                    decision_id=record["decision_id"],
                    event_id=f"delivery-{record['decision_id']}",
                )
