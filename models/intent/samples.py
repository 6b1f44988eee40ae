"""Moments at which people are looked at, to be scored later by what happened.

A known person for whom something was decided, or who ordered, is looked at from then on, beginning
within a week, at a time that follows from who they are. What is seen then stays in the profile
until the days after it are over, and leaves as a `label` from which the trainer learns; then they
are looked at again. Most samples are of a week; every eighth is of four weeks and every eighth of
sixteen, for what takes longer to be known. All labels of one length are told equally late, whether
the order came on the first day or never: told as they happen, orders would come to be known before
what didn't happen. One sample is open at a time. Of people away for long ever fewer are taken.

An order counts by its own time: one that happened before the moment, or after the last of the days,
is none of the sample's, however late it is told.
"""

from models.decay import DAY_MS
from models.digests import digest
from models.intent import person
from models.intent.ahead import EDGES_DAYS
from models.intent.kept import Kept, Sample
from models.intent.model import IntentModel
from models.person.profile import Profile
from models.step import Record, Step

TIMER_PREFIX = "sample"
TIMER = f"{TIMER_PREFIX}:next"

LATE_MS = DAY_MS
"""How long after the last of the days a label waits for events that arrive late."""
_DAYS = (7, 7, 7, 7, 7, 7, 28, 112)
"""Lengths of samples, drawn evenly."""
_WEEK_MS = 7 * DAY_MS
_AWAY_MS = 28 * DAY_MS
_GONE_MS = 730 * DAY_MS


def plan(profile: Profile, step: Step) -> None:
    """See to it that a known person is looked at, from the coming week on."""
    if step.anonymous or profile.impersonal:
        return
    kept = person.kept_of(profile)
    # One whose timer should long have fired was lost with the state it was in.
    if kept.look_seconds * 1000 < step.now_ms - _WEEK_MS:
        luck = int.from_bytes(digest(step.subscriber), "big")
        _look_at(step.now_ms + luck % _WEEK_MS, kept, step)


def fire(due_ms: int, profile: Profile, step: Step, model: IntentModel) -> bool:
    """What the timer does: tell the label of an open sample, and look again or plan to.

    Returns:
        Whether it was time for it.
    """
    kept, now_ms = profile.past().intent, step.now_ms
    if kept is None or kept.look_seconds * 1000 != due_ms:
        return False  # handed over, or planned anew
    away_ms = now_ms - profile.last_ms
    if profile.impersonal:
        kept.sample, kept.look_seconds = None, 0
        return True
    told = kept.sample is not None
    if kept.sample is not None:
        step.emit("label", _label(kept.sample, step))
        kept.sample = None
    if away_ms > _GONE_MS:
        kept.look_seconds = 0  # until something of theirs happens
        return True
    if told and away_ms > _AWAY_MS:
        _look_at(now_ms + away_ms // 4, kept, step)
    else:
        kept.sample = _look(profile, step, model)
        _look_at(now_ms + kept.sample.days * DAY_MS + LATE_MS, kept, step)
    return True


def _look_at(at_ms: int, kept: Kept, step: Step) -> None:
    kept.look_seconds = at_ms // 1000 + 1
    step.set_timer(TIMER, kept.look_seconds * 1000)


def _look(profile: Profile, step: Step, model: IntentModel) -> Sample:
    seen, age, idle = person.look(profile, step.now_ms)
    luck = digest(f"{step.subscriber}/{step.now_ms // DAY_MS}")[0]
    days = _DAYS[luck % len(_DAYS)]
    return Sample(
        at_seconds=-(-step.now_ms // 1000),
        days=days,
        seen=seen,
        age_hours=round(age * 24.0),
        idle_hours=round(idle * 24.0),
        expected=round(1000.0 * model.buys_soon(seen, age, idle)),
        orders=[0] * sum(edge <= days for edge in EDGES_DAYS[1:]),
    )


def ordered(profile: Profile, at_ms: int, value: float) -> None:
    """Note an order, in the history and for the sample whose days it falls into.

    Before the profile's own sums have it.
    """
    kept, orders = person.kept_of(profile), person.history_of(profile)
    counts = orders.order(at_ms, value)
    kept.note(orders)
    sample = kept.sample
    if counts and sample is not None and sample.covers(at_ms):
        ahead = (at_ms - sample.at_ms) / DAY_MS
        sample.orders[sum(edge <= ahead for edge in EDGES_DAYS[1:])] += 1


def absorb(profile: Profile, other: Profile) -> None:
    """Take over what an anonymous profile knows of intent, before it takes its sums over."""
    if other.purchases or other.past().intent is not None:
        person.kept_of(profile).take(person.kept_of(other))


def _label(sample: Sample, step: Step) -> Record:
    identity = digest(f"{step.subscriber}/{sample.at_ms}").hex()
    return {
        "label_id": identity,
        "subscriber_id": step.subscriber,
        "sampled_at": sample.at_ms,
        "matured_at": step.now_ms,
        "days": sample.days,
        "seen": dict(zip(person.NAMES, person.seen(sample.seen), strict=False)),
        "age_days": sample.age_hours / 24.0,
        "idle_days": sample.idle_hours / 24.0,
        "expected": sample.expected / 1000.0,
        "orders": sample.orders,
        "clicks": sample.clicks,
        "offer_clicks": sample.offers,
        "reading_clicks": sample.reading,
    }
