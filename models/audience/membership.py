"""Entering and leaving segments: noticed, noted in the profile, and what it starts.

Who is in a segment is a pure function of profile and time, and whoever must know asks that
(`Segments.members`). What is noted beside it is what was found last, so that a change is noticed:
by an event, which has only those segments looked at that it may change, and by a timer at the
earliest time at which time alone may change one. The timer is moved only to be earlier; one that
fires too early looks, and is set again. So a burst of events costs no timers.

What a person is likely to do next changes a little with every record and takes long to work out. So
segments that ask it are looked at when something is decided for the person, when they are looked at
to learn from, and when a timer looks at all; in between what is noted of these may be out of date.

Of somebody who is not known and has no address nothing is noted, and most records are theirs. They
are looked at as a whole once they have one, or turn out to be somebody: the records that bring that
about, `profile` and `merge`, have everything looked at.

Where the programme's definitions have changed, what is noted of a person who was known before is
taken up anew, at their next event or timer, and starts nothing: a new segment is no flood of mail.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from models.audience import attributes
from models.audience.segments import DECISION, Segments, Watch
from models.audience.verdict import FOREVER, Ask, Test
from models.decay import DAY_MS
from models.decision.triggers import start
from models.intent.asked import Asked
from models.intent.intent import Intent
from models.person.profile import Profile
from models.programme.flow_events import by_segment
from models.step import Record, Step
from models.world import World

TIMER_PREFIX = "segments"
TIMER = f"{TIMER_PREFIX}:due"

CHANGED: Final = "segment"
"""In `Step.noticed`: a segment was `entered` or `left`."""


_LATE_MS = 14 * DAY_MS
"""After a record that is later than this, as after a person's very first, everything is looked at:
it may lead where such records don't usually, from dormant to at risk, say."""


def happened(record: str, event: Record, profile: Profile, step: Step, world: World) -> None:
    """Look at what a record may have changed, once everything else of it is applied."""
    segments: Segments = world.programme.segments
    if profile.segments_of == segments.fingerprint:
        watch = segments.watching.get(record)
        if watch is None or _is_nobody(profile, step):
            return
        at_ms: int = event["occurred_at"]
        if at_ms <= profile.first_ms or at_ms < step.now_ms - _LATE_MS:
            watch = segments.all
        _look(watch, at_ms, event["event_id"], profile, step, world, _not_asked)
        if step.emitted:
            step.ask = None  # a decision in this step may not have seen all of the record
            decided(profile, step, world)
    elif not _is_nobody(profile, step):
        known_before = 0 < profile.first_ms < event["occurred_at"]
        _begin(profile, world)
        if known_before:
            _take_up(profile, step, world)
        else:
            at_ms = event["occurred_at"]
            _look(segments.all, at_ms, event["event_id"], profile, step, world, _not_asked)


def decided(profile: Profile, step: Step, world: World) -> None:
    """Look at what decisions made in this step may have changed."""
    if any(name == DECISION for name, _ in step.emitted):
        asked(profile, step, world)


def asked(profile: Profile, step: Step, world: World) -> None:
    """Look at what may be otherwise whenever the person is thought about, as in a decision."""
    segments: Segments = world.programme.segments
    watch = segments.watching.get(DECISION)
    known = profile.segments_of == segments.fingerprint and not _is_nobody(profile, step)
    if watch is not None and known:
        _look(watch, step.now_ms, "", profile, step, world, _ask(profile, step, world))


def fall_due(due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Look at all segments: time may have changed one."""
    if not profile.segments_due_ms:
        return
    profile.segments_due_ms = 0
    segments: Segments = world.programme.segments
    if profile.segments_of == segments.fingerprint:
        _look(segments.timed, due_ms, "", profile, step, world, _ask(profile, step, world))
    else:
        _begin(profile, world)
        _take_up(profile, step, world)


def forget(profile: Profile, step: Step) -> None:
    """Wait for nothing any more: the person has become another."""
    if profile.segments_due_ms:
        profile.segments_due_ms = 0
        step.cancel_timer(TIMER)


def _is_nobody(profile: Profile, step: Step) -> bool:
    """Whether it matters to nobody what they are: no mail can reach them, or they are another."""
    return bool(profile.identified_as) or (step.anonymous and not profile.has_address)


def _begin(profile: Profile, world: World) -> None:
    """Go by the programme's definitions from now on."""
    segments: Segments = world.programme.segments
    known = {name for name, _ in segments.tests}
    profile.segments = {name: at for name, at in profile.segments.items() if name in known}
    profile.segments_of = segments.fingerprint
    profile.attributes = attributes.held(profile, world.programme.attributes)


def _ask(profile: Profile, step: Step, world: World) -> Ask:
    return step.ask or Asked(profile, step.now_ms, world.intent, world.catalog).intent


def _not_asked() -> Intent:
    """Stands where no segment asks: no record has one looked at that does."""
    raise LookupError("what a person is likely to do next is not asked at every record")


def _take_up(profile: Profile, step: Step, world: World) -> None:
    """Note who is in what, as if it had been known."""
    segments: Segments = world.programme.segments
    soonest, ask = FOREVER, _ask(profile, step, world)
    for name, test in segments.tests:
        until = test(profile, step.now_ms, ask)
        if until > 0:
            profile.segments.setdefault(name, step.now_ms)
        else:
            profile.segments.pop(name, None)
        soonest = min(soonest, abs(until))
    _look_again(soonest, profile, step)


def _look(
    watch: Watch,
    at_ms: int,
    event_id: str,
    profile: Profile,
    step: Step,
    world: World,
    ask: Ask,
) -> None:
    """Look at who they may have become and what they may have ceased to be; nothing else is asked.

    What isn't looked at can't change before the timer either: it says when time alone might.
    """
    noted, now_ms = profile.segments, step.now_ms
    soonest = profile.segments_due_ms or FOREVER
    if not watch.leaving.keys().isdisjoint(noted):  # hardly ever, and cheaper than to look
        soonest = _leave(watch.leaving, soonest, profile, step, ask)
    entered: list[str] = []
    for name, test in watch.entering:
        if name not in noted:
            until = test(profile, now_ms, ask)
            if until > 0:
                entered.append(name)
            else:
                until = -until
            if until < soonest:  # noqa: PLR1730 - min() costs several times as much
                soonest = until
    if soonest != profile.segments_due_ms:
        _look_again(soonest, profile, step)
    if entered:
        _enter(entered, at_ms, event_id, profile, step, world)


def _leave(
    leaving: Mapping[str, Test], soonest: int, profile: Profile, step: Step, ask: Ask
) -> int:
    """Note what they have ceased to be; returns when to look again, as known so far or sooner."""
    left: list[str] = []
    for name in profile.segments:
        if name in leaving:
            until = leaving[name](profile, step.now_ms, ask)
            if until < 0:
                left.append(name)
            soonest = min(soonest, abs(until))
    for name in left:
        del profile.segments[name]
        step.noticed.append((CHANGED, name, "left"))
    return soonest


def _look_again(soonest: int, profile: Profile, step: Step) -> None:
    """Have a timer set for the earliest time at which time alone may change a membership."""
    if soonest in (FOREVER, profile.segments_due_ms):
        return
    profile.segments_due_ms = soonest
    step.set_timer(TIMER, soonest)


def _enter(
    names: Iterable[str], at_ms: int, event_id: str, profile: Profile, step: Step, world: World
) -> None:
    """Note that a person is in segments from now on, and start what waits for that."""
    for name in names:
        profile.segments[name] = min(at_ms, step.now_ms)
        step.noticed.append((CHANGED, name, "entered"))
    for name in names:
        start(by_segment(name), at_ms, event_id, profile, step, world)
