"""Counts against limits: where complaints, bounces and unsubscriptions are too many. Pure.

Judged are each stream, each of its messages, each provider it goes to, and each message at each
provider: what is bad at one place alone would be thinned out by the others. Accepted means that a
server took the mail, no more; nobody knows whether it was shown in an inbox.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from senders.guardrails.bounds import lower_bound
from senders.guardrails.counts import Counted, day_of
from senders.guardrails.imported import Imported
from senders.guardrails.limits import Kind, Limit, Rules

State = Literal["ok", "warn", "stop", "unknown", "too_few"]
ALL: Final = ""
"""In place of a message or a provider: all of them."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What a rate is of.

    Attributes:
        stream: The message stream.
        message: A message's name, or `ALL`.
        provider: A mailbox provider's class, or `ALL`.
    """

    stream: str
    message: str = ALL
    provider: str = ALL


@dataclass(frozen=True, slots=True)
class Finding:
    """One rate, judged.

    Attributes:
        place: What it is of.
        kind: Which rate.
        accepted: Mails accepted there, whether or not their complaints would be reported.
        events: Complaints, bounces or unsubscriptions counted, or what an imported rate comes to.
        of: The mails of which they are a share.
        rate: The share, or None where it is unknown.
        confidence: That of its bound.
        state: `too_few` where there are not enough mails to judge by.
        imported_day: The latest day of the imported rates it rests on; None where it was counted.
    """

    place: Place
    kind: Kind
    accepted: int
    events: float
    of: float
    rate: float | None
    confidence: float
    state: State
    imported_day: int | None = None

    @property
    def bound(self) -> float | None:
        """The rate's lower confidence bound, or None where it is unknown."""
        if self.rate is None:
            return None
        return lower_bound(self.events, self.of, self.confidence)


class _Sums:
    """Counts added up by place, and by day where imported rates may have to be weighed by them."""

    def __init__(self, counted: Iterable[Counted], no_feedback: frozenset[str]) -> None:
        self.total: dict[tuple[Place, str], int] = defaultdict(int)
        self.reporting: dict[tuple[Place, str], int] = defaultdict(int)
        self.accepted_on: dict[tuple[Place, int], int] = defaultdict(int)
        for each in counted:
            count, reports = each.count, each.provider not in no_feedback
            for place in _places(each):
                self.total[place, each.what] += count
                if reports:
                    self.reporting[place, each.what] += count
                elif each.what == "accepted" and place.provider != ALL:
                    for day, accepted in each.by_day.items():
                        self.accepted_on[place, day] += accepted

    def places(self) -> list[Place]:
        return sorted({place for place, _what in self.total})


def _places(counted: Counted) -> Iterable[Place]:
    for message in (ALL, counted.message):
        for provider in (ALL, counted.provider):
            yield Place(counted.stream, message, provider)


def judge(
    counted: Iterable[Counted],
    since: Mapping[str, int],
    imported: Iterable[Imported],
    rules: Rules,
    now_ms: int,
) -> list[Finding]:
    """Judge every rate of every place, in the order of places.

    Args:
        counted: What counts: of the window, and since the stream was resumed.
        since: When each stream was resumed, epoch milliseconds.
        imported: Rates that operators imported.
        rules: The limits.
        now_ms: The pipeline's time, epoch milliseconds.
    """
    sums = _Sums(counted, rules.no_feedback)
    first_day = day_of(now_ms) - rules.window_days + 1
    rates = [each for each in imported if each.day >= first_day]
    found = []
    for place in sums.places():
        after = day_of(since.get(place.stream, 0)) if since.get(place.stream) else -1
        for limit in rules.limits:
            if limit.kind == "complaints" and place.provider in rules.no_feedback:
                fitting = [each for each in rates if each.is_of(place.provider, place.message)]
                ours = [r for r in fitting if r.stream in (ALL, place.stream) and r.day > after]
                found.append(_imported(place, limit, sums, ours, rules))
            else:
                found.append(_counted(place, limit, sums, rules))
    return found


def _counted(place: Place, limit: Limit, sums: _Sums, rules: Rules) -> Finding:
    table = sums.reporting if limit.kind == "complaints" else sums.total
    accepted = sums.total[place, "accepted"]
    events = table[place, limit.counted]
    # A server may refuse for good what it had not accepted, so events may be the more.
    of = max(table[place, "accepted"], events)
    if limit.kind == "complaints" and accepted and not of:
        return Finding(place, limit.kind, accepted, 0, 0, None, rules.confidence, "unknown")
    return _finding(place, limit, accepted, events, of, rules)


def _imported(
    place: Place, limit: Limit, sums: _Sums, rates: list[Imported], rules: Rules
) -> Finding:
    accepted = sums.total[place, "accepted"]
    of, events, latest = 0.0, 0.0, -1
    for day in {each.day for each in rates}:
        # What was imported for this stream says more than what is of all.
        rate = max((r for r in rates if r.day == day), key=lambda r: (r.stream != ALL, r.rate))
        mails = rate.accepted or sums.accepted_on[place, day]
        of, events = of + mails, events + mails * rate.rate
        latest = max(latest, day) if mails else latest
    if not of:
        return Finding(place, limit.kind, accepted, 0, 0, None, rules.confidence, "unknown")
    return _finding(place, limit, accepted, events, of, rules, latest)


def _finding(
    place: Place,
    limit: Limit,
    accepted: int,
    events: float,
    of: float,
    rules: Rules,
    imported_day: int | None = None,
) -> Finding:
    rate = events / of if of else 0.0
    state: State = "ok"
    if of < rules.least_accepted:
        state = "too_few"
    elif events >= rules.least_events and rate > limit.warn:
        bound = lower_bound(events, of, rules.confidence)
        state = "stop" if bound > limit.stop else "warn" if bound > limit.warn else "ok"
    confidence = rules.confidence
    return Finding(place, limit.kind, accepted, events, of, rate, confidence, state, imported_day)


def worst(findings: Iterable[Finding], stream: str, kinds: Iterable[Kind]) -> Finding | None:
    """The finding of a stream that is furthest above its limits, or None where all is well."""
    wanted = frozenset(kinds)
    bad = [
        each
        for each in findings
        if each.place.stream == stream and each.kind in wanted and each.state in ("warn", "stop")
    ]
    return max(bad, key=lambda f: (f.state == "stop", f.bound or 0.0), default=None)
