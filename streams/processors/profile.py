"""What people tell about themselves: into the contact record, time zone and language here too."""

from models.audience import attributes
from models.decision.triggers import address_known, reachable
from models.person import contact
from models.person.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import on_event


@on_event("profile", name="profile", contact=True)
def profile_step(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Apply it; an address that arrives after consent starts what waited for it."""
    before, declared = reachable(profile, world), world.programme.attributes
    at_ms: int = event["occurred_at"]
    newer = at_ms >= profile.told_ms
    attributes.tell(event["attributes"], profile, step, declared, newer=newer)
    nowhere = not profile.has_address
    contact.tell(event, profile, step)
    if nowhere and profile.has_address:
        address_known(profile, step, world)
    contact.changed(event, at_ms, profile, step, world, before=before)
