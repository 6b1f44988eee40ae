"""The account from both ends: what was emitted against what is found, mail against consent.

Pure arithmetic on the ledger and on what was read back; nothing here asks the pipeline how it did.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from deploy.demo.ledger import COUNTED, ConsentChange, Ledger, Person


@dataclass(slots=True)
class FoundPerson:
    """What a stored profile and contact say of one subscriber key.

    Attributes:
        counts: Life-long counts by event name.
        identified_as: For an anonymous profile, who it became.
        consent: Granted, and since when; None where nothing is known.
        told_ms: Own time of the last `profile` event applied.
        wished_ms: Own time of the last `wish` event applied.
        address: Of the contact record.
    """

    counts: Counter[str] = field(default_factory=Counter)
    identified_as: str = ""
    consent: tuple[bool, int] | None = None
    told_ms: int = 0
    wished_ms: int = 0
    address: str = ""


@dataclass(slots=True)
class Found:
    """What was read back at the end.

    Attributes:
        journaled: Event id to how many of its records (repeats by source left out) are journaled.
        dead: Topic, partition and offset of each dead letter to its reason.
        people: Every stored profile by key.
    """

    journaled: Counter[str] = field(default_factory=Counter)
    dead: dict[tuple[str, int, int], str] = field(default_factory=dict)
    people: dict[str, FoundPerson] = field(default_factory=dict)


@dataclass(slots=True)
class Events:
    """What became of the events.

    Attributes:
        applied: Unique good events whose effect is in the final profiles exactly once.
        dead_lettered: Bad records that became a dead letter with the right reason.
        unaccounted: All that is missing, doubled or unexpected; 0 in a sound run.
        problems: What makes up `unaccounted`, by kind.
        examples: Some of it in words, ids only.
    """

    applied: int = 0
    dead_lettered: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def unaccounted(self) -> int:
        """All that is missing, doubled or unexpected."""
        return sum(self.problems.values())

    def problem(self, kind: str, what: str, count: int = 1) -> None:
        """Note a discrepancy."""
        self.problems[kind] += count
        if len(self.examples) < 20:
            self.examples.append(f"{kind}: {what}")


def account_for_events(ledger: Ledger, found: Found) -> Events:
    """Compare what shoppers emitted with the journal, the dead letters and the profiles.

    Every good event must stand in the journal, and its effect exactly once in the profile of the
    person it is about: by count where a profile counts (browse, cart, click, purchase, search), by
    state otherwise (consent, profile, wish, identify). Every bad record must be a dead letter with
    its reason, and no other record may be one.
    """
    events = Events()
    for event_id, name in ledger.good.items():
        if not found.journaled[event_id]:
            events.problem("not_journaled", f"{name} {event_id}")
    _dead_letters(ledger, found, events)
    for key, person in ledger.people.items():
        _person(key, person, found.people.get(key, FoundPerson()), events)
    _identities(ledger, found, events)
    for key in found.people.keys() - ledger.people.keys() - ledger.identified.keys():
        events.problem("unknown_profile", key)
    return events


def _dead_letters(ledger: Ledger, found: Found, events: Events) -> None:
    for place, reason in ledger.bad.items():
        actual = found.dead.get(place)
        if actual == reason:
            events.dead_lettered += 1
        else:
            events.problem("wrong_dead_letter", f"{place}: expected {reason}, found {actual}")
    for place in found.dead.keys() - ledger.bad.keys():
        events.problem("unexpected_dead_letter", f"{place}: {found.dead[place]}")


def _person(key: str, person: Person, found: FoundPerson, events: Events) -> None:
    for name in COUNTED:
        emitted, counted = person.counts[name], found.counts[name]
        events.applied += min(emitted, counted)
        if emitted > counted:
            events.problem("lost", f"{key}: {emitted - counted} {name}", emitted - counted)
        elif counted > emitted:
            events.problem("doubled", f"{key}: {counted - emitted} {name}", counted - emitted)
    told, consents = person.counts["profile"], person.counts["consent"]
    if not told or (person.told_ms, person.address) == (found.told_ms, found.address):
        events.applied += told
    else:
        events.problem("profile_not_applied", key, told)
    if person.wished_ms == found.wished_ms:
        events.applied += person.counts["wish"]
    else:
        events.problem("wish_not_applied", key, person.counts["wish"])
    if not consents or consent_stands(person.consent, found.consent):
        events.applied += consents
    else:
        events.problem("consent_not_applied", f"{key}: found {found.consent}", consents)


def _identities(ledger: Ledger, found: Found, events: Events) -> None:
    for anonymous, subscriber in ledger.identified.items():
        if found.people.get(anonymous, FoundPerson()).identified_as == subscriber:
            events.applied += 1
        else:
            events.problem("identify_not_applied", anonymous)


def consent_stands(changes: Sequence[ConsentChange], found: tuple[bool, int] | None) -> bool:
    """Whether the stored consent is the last change; earlier ones are superseded by it."""
    if not changes or found is None:
        return not changes and found is None
    last = changes[-1]
    at_matches = last.occurred_at_ms in (0, found[1])
    return found[0] == last.granted and at_matches


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as the inbox has it.

    Attributes:
        decision_id: Of `X-Nextbest-Decision`; empty if there is none.
        message_id: Of `Message-ID`.
        recipient: The envelope's, in lower case.
        accepted_ms: Wall clock, epoch milliseconds.
        step_began_ms: Wall clock at which the clock step began in which it was accepted.
        owed: Whether it is no marketing: the mail that asks to confirm an opt-in.
    """

    decision_id: str
    message_id: str
    recipient: str
    accepted_ms: int
    step_began_ms: int
    owed: bool = False


def count_duplicates(mails: Iterable[Received]) -> int:
    """How many mails were one too many: by decision, by Message-ID, or without a decision."""
    decisions: Counter[str] = Counter()
    messages: Counter[str] = Counter()
    nameless = 0
    for mail in mails:
        if mail.decision_id:
            decisions[mail.decision_id] += 1
        else:
            nameless += 1
        messages[mail.message_id] += 1
    twice = max(sum(decisions.values()) - len(decisions), sum(messages.values()) - len(messages))
    return twice + nameless


def without_consent(mails: Iterable[Received], people: Mapping[str, Person]) -> list[Received]:
    """List the mails to people who had not consented, or whose withdrawal was acknowledged.

    A withdrawal counts once it was acknowledged before the clock step in which the mail was
    accepted; an opt-in once it was handed over before the mail was accepted. A mail that asks to
    confirm one goes to who opted in.

    Args:
        mails: What the inbox received.
        people: By recipient's address.

    """
    return [m for m in mails if not _consented(people.get(m.recipient), m)]


def _consented(person: Person | None, mail: Received) -> bool:
    if mail.owed:
        return person is not None and 0 < person.asked_ms <= mail.accepted_ms
    stands = False
    for change in person.consent if person is not None else ():
        if change.granted and change.since_ms <= mail.accepted_ms:
            stands = True
        elif not change.granted and change.since_ms < mail.step_began_ms:
            stands = False
    return stands


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Give the median and the 99th percentile, nearest rank; 0 for no values."""
    if not values:
        return {"p50": 0.0, "p99": 0.0}
    ordered = sorted(values)

    def rank(percent: int) -> float:
        return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]

    return {"p50": rank(50), "p99": rank(99)}
