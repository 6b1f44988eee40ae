"""The shoppers' own books: what they emitted, consented to, clicked and withdrew.

One end of the final account; the other is what is found in the stores, the topics and the inbox.
"""

from collections import Counter
from dataclasses import dataclass, field

from deploy.demo.actions import Emit
from schemas.keys import ANONYMOUS_PREFIX, subscriber_key

COUNTED = ("browse", "cart", "click", "purchase", "search")
"""Events that a profile counts for life, one by one."""


@dataclass(frozen=True, slots=True)
class ConsentChange:
    """A consent given or withdrawn.

    Attributes:
        granted: Which of the two.
        occurred_at_ms: The event's own time; 0 where the web role chose it.
        since_ms: Wall clock from which it counts, epoch milliseconds: an opt-in since it was
            handed over (a mail may follow within the second), a withdrawal since it was
            acknowledged.
    """

    granted: bool
    occurred_at_ms: int
    since_ms: int


@dataclass(slots=True)
class Person:
    """What one subscriber key must show in the end.

    Attributes:
        counts: Unique good events by name, those under the anonymous id that became this person
            included.
        consent: Every change, in order.
        told_ms: Own time of the `profile` event; 0 for none.
        wished_ms: Own time of the last `wish` event; 0 for none.
        address: As told.
        asked_ms: Wall clock of their last opt-in, confirmed or not; 0 for none.
    """

    counts: Counter[str] = field(default_factory=Counter)
    consent: list[ConsentChange] = field(default_factory=list)
    told_ms: int = 0
    wished_ms: int = 0
    address: str = ""
    asked_ms: int = 0


@dataclass(slots=True)
class Ledger:
    """The books of a run.

    Attributes:
        good: Event id to name, of every good event emitted, once each.
        people: By subscriber key; someone identified is found under the subscriber's.
        identified: Anonymous key to subscriber key.
        repeats: Events sent again on purpose.
        bad: Topic, partition and offset to the dead letter's expected reason.
        clicks: Decision id to links followed, each answered with a redirect.
        unsubscribed: Decisions whose unsubscription was acknowledged.
        confirmed: Decisions by whose mail an opt-in was confirmed, and that acknowledged.
        bounced: Decisions whose mail was sent back; the sender's inbound role has taken it.
        complained: Decisions whose mail was called spam, likewise.
        revenue: Of all purchases.
    """

    good: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    identified: dict[str, str] = field(default_factory=dict)
    repeats: int = 0
    bad: dict[tuple[str, int, int], str] = field(default_factory=dict)
    clicks: Counter[str] = field(default_factory=Counter)
    unsubscribed: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    bounced: set[str] = field(default_factory=set)
    complained: set[str] = field(default_factory=set)
    revenue: float = 0.0

    def emitted(self, event: Emit, wall_ms: int) -> None:
        """Book an event that is handed to the emitter now."""
        if event.repeat:
            self.repeats += 1
            return
        record = event.record
        self.good[record["event_id"]] = event.name
        key = subscriber_key(record)
        if event.name == "identify":
            self._identify(f"{ANONYMOUS_PREFIX}{record['anonymous_id']}", key)
        person = self.person(key)
        person.counts[event.name] += 1
        if event.name == "profile":
            person.told_ms, person.address = record["occurred_at"], record["address"]
        elif event.name == "wish":
            person.wished_ms = max(person.wished_ms, record["occurred_at"])
        elif event.name == "purchase":
            self.revenue += record["total"]
        elif event.name == "consent" and record["action"] == "opt_in":
            person.asked_ms = wall_ms
            if record["proof"]["confirmed_at"] is None:
                return
            person.consent.append(
                ConsentChange(granted=True, occurred_at_ms=record["occurred_at"], since_ms=wall_ms)
            )

    def withdrawal_acknowledged(self, event: Emit, wall_ms: int) -> None:
        """Book that Kafka has a withdrawal of consent."""
        change = ConsentChange(
            granted=False, occurred_at_ms=event.record["occurred_at"], since_ms=wall_ms
        )
        self.person(subscriber_key(event.record)).consent.append(change)

    def clicked(self, subscriber: str, decision_id: str) -> None:
        """Book a link that was followed and answered with a redirect."""
        self.clicks[decision_id] += 1
        self.person(subscriber).counts["click"] += 1

    def unsubscribe_acknowledged(self, subscriber: str, decision_id: str, wall_ms: int) -> None:
        """Book an unsubscription that was answered with success."""
        self.unsubscribed.add(decision_id)
        person = self.person(subscriber)
        person.counts["consent"] += 1
        person.consent.append(ConsentChange(granted=False, occurred_at_ms=0, since_ms=wall_ms))

    def confirmation_acknowledged(self, subscriber: str, decision_id: str, wall_ms: int) -> None:
        """Book an opt-in that was confirmed by the mail that asked for it."""
        self.confirmed.add(decision_id)
        person = self.person(subscriber)
        person.counts["consent"] += 1
        person.consent.append(ConsentChange(granted=True, occurred_at_ms=0, since_ms=wall_ms))

    def complaint_acknowledged(self, subscriber: str, decision_id: str, wall_ms: int) -> None:
        """Book a complaint that the sender's inbound role has taken: it withdraws consent."""
        self.complained.add(decision_id)
        change = ConsentChange(granted=False, occurred_at_ms=0, since_ms=wall_ms)
        self.person(subscriber).consent.append(change)

    def person(self, key: str) -> Person:
        """Find the person behind a key, an anonymous one's subscriber included."""
        return self.people.setdefault(self.identified.get(key, key), Person())

    def _identify(self, anonymous: str, subscriber: str) -> None:
        self.identified[anonymous] = subscriber
        before = self.people.pop(anonymous, None)
        if before is not None:
            person = self.person(subscriber)
            person.counts += before.counts
            person.wished_ms = max(person.wished_ms, before.wished_ms)

    @property
    def by_web(self) -> int:
        """Events that the web role emitted for shoppers: clicks, and consent given or withdrawn."""
        return sum(self.clicks.values()) + len(self.unsubscribed) + len(self.confirmed)

    @property
    def total(self) -> int:
        """Records that came from shoppers, in any way: good, repeated, bad, and by the web."""
        return len(self.good) + self.repeats + len(self.bad) + self.by_web

    def purchases(self) -> int:
        """Orders placed."""
        return sum(person.counts["purchase"] for person in self.people.values())
