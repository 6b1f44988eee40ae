"""The contact record: how and whether a person can be reached; the only place with an address."""

from collections.abc import Container
from typing import Any, Final

from models import bounds
from models.campaigns.begin import begin_all
from models.decay import DAY_MS
from models.decision.triggers import end, reachable, start
from models.person import choices
from models.person.past import Consent
from models.person.profile import Profile
from models.programme.flow_events import Cancel, Trigger
from models.replenishment import reorders
from models.step import Record, Step
from models.waiting import arrive, waits
from models.world import World

ATTRIBUTES = 64
"""How many attributes and preferences are kept."""


def current(step: Step) -> dict[str, Any]:
    """A copy of the stored contact record, or a new one, to change and put back."""
    if step.contact is not None:
        return dict(step.contact)
    return {
        "subscriber_id": step.subscriber,
        "address": None,
        "locale": None,
        "time_zone": None,
        "attributes": {},
        "consent": {},
        "preferences": {},
        "updated_at": 0,
        "cancelled": {},
    }


def merged(known: dict[str, str], told: dict[str, str], *, newer: bool) -> dict[str, str]:
    """Named values with those told: in place of the known where newer, else only beside them.

    Beyond `ATTRIBUTES`, further names are left out.
    """
    both = {**known, **told} if newer else {**told, **known}
    if len(both) <= ATTRIBUTES:
        return both
    return {name: both[name] for name in [*known, *sorted(told)][:ATTRIBUTES] if name in both}


def tell(event: Record, profile: Profile, step: Step) -> None:
    """Apply a `profile` event to contact and profile; an older one only fills in what misses."""
    at_ms: int = event["occurred_at"]
    newer = at_ms >= profile.told_ms
    contact = current(step)
    before: str | None = contact["address"]
    for name in ("address", "locale", "time_zone"):
        told = event[name]
        if told is not None and (newer or contact[name] is None):
            contact[name] = told
    contact["attributes"] = merged(contact["attributes"], event["attributes"], newer=newer)
    contact["updated_at"] = max(contact["updated_at"], at_ms)
    step.put_contact(contact)
    profile.told_ms = max(profile.told_ms, at_ms)
    profile.has_address = contact["address"] is not None
    profile.past().has_name = bool(contact["attributes"].get("first_name", "").strip())
    profile.locale = bounds.name(contact["locale"])
    zone: str = contact["time_zone"] or ""
    profile.time_zone = zone if len(zone) <= bounds.NAME_BYTES else ""
    if contact["address"] != before:
        _moved(at_ms, profile, first=before is None)


def _moved(at_ms: int, profile: Profile, *, first: bool) -> None:
    """Another address: what was found dead was the old one; a complaint came from the person."""
    past = profile.past()
    past.moved_ms = 0 if first else max(past.moved_ms, at_ms)
    if at_ms >= past.bounced_ms:
        past.bounced_ms = 0
    if profile.suppressed != "complained" and at_ms >= profile.suppressed_ms:
        profile.suppressed = ""


UNCONFIRMED: Final = "unconfirmed"
"""In `Step.noticed`: an opt-in that doesn't count before it is confirmed, with its purpose."""


def is_confirmed(event: Record, world: World) -> bool:
    """Whether an opt-in counts: where the programme asks for it, only once it is confirmed."""
    needed = world.programme.confirmed and event["purpose"] == world.programme.purpose
    return not needed or event["proof"]["confirmed_at"] is not None


def said_ms(event: Record, now_ms: int) -> int:
    """Since when what a `consent` event says holds: an opt-in since it was confirmed.

    Confirmed by a clock that runs ahead, it holds from now. By more than a day that is no time at
    all (microseconds, say), and no reason to count for more than the event's own.
    """
    at_ms: int = event["occurred_at"]
    confirmed_ms = (event["proof"] or {}).get("confirmed_at") or 0
    if event["action"] != "opt_in" or confirmed_ms > now_ms + DAY_MS:
        return at_ms
    return max(at_ms, min(confirmed_ms, now_ms))


def consent(event: Record, profile: Profile, step: Step, world: World, *, granted: bool) -> bool:
    """Apply a consent given or withdrawn; False where newer consent stands.

    At the same instant a withdrawal wins. Consent given by a clock that runs ahead counts from now,
    or a withdrawal that follows would look older than it.
    """
    at_ms = said_ms(event, step.now_ms)
    if granted:
        at_ms = min(at_ms, step.now_ms)
    purpose = bounds.name(event["purpose"])
    known = profile.consent.get(purpose)
    if known is not None and (at_ms < known.at_ms or (at_ms == known.at_ms and granted)):
        return False
    profile.consent[purpose] = Consent(granted, at_ms)
    if granted and profile.suppressed == "suppressed" and at_ms >= profile.suppressed_ms:
        # Perhaps it was for a withdrawal that this overcomes; the sender knows, and says so again.
        profile.suppressed = ""
    if len(profile.consent) > bounds.PURPOSES:
        _drop_one(profile, {purpose, world.programme.purpose})
    _note_withdrawal(profile)
    contact = current(step)
    proof = event["proof"] or {}
    contact["consent"] = {
        **{name: state for name, state in contact["consent"].items() if name in profile.consent},
        purpose: {
            "granted": granted,
            "at": at_ms,
            "source": proof.get("source"),
            "text_version": proof.get("text_version"),
        },
    }
    contact["updated_at"] = max(contact["updated_at"], at_ms)
    step.put_contact(contact)
    return True


def _drop_one(profile: Profile, but: Container[str]) -> None:
    """Forget the oldest purpose; a withdrawal only when nothing else is left to go.

    Args:
        but: Purposes that stay: what was just told, and what the programme's mail goes by.
    """

    def rank(name: str) -> tuple[bool, int, str]:
        state = profile.consent[name]
        return not state.granted, state.at_ms, name

    del profile.consent[min((name for name in profile.consent if name not in but), key=rank)]


def _note_withdrawal(profile: Profile) -> None:
    withdrawn = (state.at_ms for state in profile.consent.values() if not state.granted)
    profile.withdrawn_ms = max(withdrawn, default=0)


def withdraw(purpose: str, at_ms: int, profile: Profile, step: Step) -> None:
    """Take over a withdrawal that was made before the person was known."""
    profile.consent[purpose] = Consent(granted=False, at_ms=at_ms)
    _note_withdrawal(profile)
    contact = current(step)
    state = {"granted": False, "at": at_ms, "source": None, "text_version": None}
    contact["consent"] = {**contact["consent"], purpose: state}
    contact["updated_at"] = max(contact["updated_at"], at_ms)
    step.put_contact(contact)


def prefer(event: Record, profile: Profile, step: Step) -> None:
    """Apply preferences: what the preference centre offers by its own time, each the newest.

    Of others an older event only fills in what is missing.
    """
    contact = current(step)
    known, told, at_ms = contact["preferences"], event["preferences"], event["occurred_at"]
    choices.tell(known, 0, profile)  # chosen before choices were kept by their time
    choices.tell(told, min(at_ms, step.now_ms), profile)
    newer = at_ms >= contact["updated_at"]
    others = {name: text for name, text in known.items() if name not in choices.KEYS}
    new = {name: text for name, text in told.items() if name not in choices.KEYS}
    contact["preferences"] = {**merged(others, new, newer=newer), **choices.shown(profile)}
    contact["updated_at"] = max(contact["updated_at"], at_ms)
    step.put_contact(contact)


def show_choices(profile: Profile, step: Step) -> None:
    """Have the contact record say what the person chose, where that was taken over."""
    contact = current(step)
    known = contact["preferences"].items()
    others = {name: text for name, text in known if name not in choices.KEYS}
    contact["preferences"] = {**others, **choices.shown(profile)}
    step.put_contact(contact)


def ask_to_confirm(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Start the flows that ask whoever has an address to confirm that they opted in with it.

    Nobody is asked whose consent stands. Who complained isn't either: anybody can fill a form in,
    and a complaint would rule out mail all the same.
    """
    consent = profile.consent_for(world.programme.purpose)
    if (consent is not None and consent.granted) or profile.suppressed == "complained":
        return
    at_ms = min(event["occurred_at"], step.now_ms)
    agreed_to = bounds.text(event["proof"]["text_version"])
    start(Trigger.OPT_IN, at_ms, event["event_id"], profile, step, world, owed=agreed_to)


def complained(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Take a complaint for a withdrawal, of consent that stood when it was made."""
    purpose, at_ms = world.programme.purpose, event["occurred_at"]
    consent = profile.consent_for(purpose)
    if consent is None or not consent.granted or at_ms < consent.at_ms:
        return
    before = reachable(profile, world)
    withdraw(purpose, at_ms, profile, step)
    changed(event, at_ms, profile, step, world, before=before)


def changed(
    event: Record, at_ms: int, profile: Profile, step: Step, world: World, *, before: bool
) -> None:
    """Start what waits for the person to be reachable, or stop what a withdrawal stops.

    Args:
        event: The `consent` or `profile` event just applied.
        at_ms: Since when what it says holds, epoch milliseconds.
        profile: The person.
        step: Takes timers and decisions.
        world: The programme.
        before: Whether they were reachable before the event.
    """
    after = reachable(profile, world)
    if after and not before:
        waits.list_all(profile, step)
        reorders.plan(profile, step, world)
        start(Trigger.REACHABLE, at_ms, event["event_id"], profile, step, world)
        arrive.catch_up(profile, step, world)
        begin_all(profile, step, world)
    elif before and not after:
        waits.unlist_all(profile, step)
        end(Cancel.OPT_OUT, at_ms, profile, step, world)
