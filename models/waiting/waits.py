"""Beginning and ending to wait: a bounded list in the profile, and what of it is listed.

The partition's waiting list holds exactly the waits of people who can be mailed. Everybody else's
are only remembered: they are listed once there is an address and consent, and no fan-out spends
its time on people to whom nothing may be said.
"""

from models import bounds
from models.decision.triggers import reachable
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.step import Step
from models.waiting.wait import REACHABLE, Wait, entry_of
from models.world import World

_FEW = min(bounds.LOVED, bounds.WAITS)


def find(kind: str, about: str, profile: Profile) -> Wait | None:
    """The person's wait for this, or None."""
    for wait in profile.waits:
        if wait.about == about and wait.kind == kind:  # hardly ever are there two about the same
            return wait
    return None


def begin(wait: Wait, profile: Profile, step: Step, world: World) -> None:
    """Wait for something that a flow of the programme tells of.

    Who waits for it already goes on since then, at the newest price. What can't be named in the
    waiting list isn't waited for; of too many products the oldest goes, of too many categories
    too.
    """
    kind, about = wait.kind, wait.about
    if kind not in world.programme.started_by or not _can_be_named(about):
        return
    known = find(kind, about, profile)
    if known is not None:
        known.price = wait.price
        return
    waiting = profile.waits
    waiting.append(wait)
    if reachable(profile, world):
        step.list_wait(wait.entry)
    if len(waiting) > _FEW:
        _let_one_go(profile, step, of_arrivals=kind is Trigger.NEW_ARRIVAL)


def _let_one_go(profile: Profile, step: Step, *, of_arrivals: bool) -> None:
    """Wait for the oldest of products, or of categories, no more where there are too many."""
    alike = [w for w in profile.waits if (w.kind is Trigger.NEW_ARRIVAL) == of_arrivals]
    if len(alike) > (bounds.LOVED if of_arrivals else bounds.WAITS):
        end(min(alike, key=lambda w: (w.since_ms, w.code, w.about)), profile, step)


def _can_be_named(about: str) -> bool:
    return bounds.known_id(about) and about.isprintable()


def end(wait: Wait, profile: Profile, step: Step) -> None:
    """Wait for it no longer."""
    profile.waits.remove(wait)
    step.unlist_wait(wait.entry)


def list_all(profile: Profile, step: Step) -> None:
    """List everything, and that the person can be mailed now."""
    step.list_wait(entry_of(REACHABLE, ""))
    for wait in profile.waits:
        step.list_wait(wait.entry)


def unlist_all(profile: Profile, step: Step) -> None:
    """List nothing any more: the person can't be mailed; it stays remembered."""
    step.unlist_wait(entry_of(REACHABLE, ""))
    for wait in profile.waits:
        step.unlist_wait(wait.entry)


def absorb(other: Profile, profile: Profile, step: Step, world: World) -> None:
    """Take over what someone waited for before it was known who they are."""
    for wait in other.waits:
        if profile.bought.get(wait.about, 0) < wait.since_ms:
            begin(wait, profile, step, world)
