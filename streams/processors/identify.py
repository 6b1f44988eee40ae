"""An anonymous person turned out to be a subscriber: their profile sets out to them."""

from models.person import merging
from models.person.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import on_event


@on_event("identify", name="identify")
def identify(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Hand the anonymous profile over; under a subscriber's own key there is nothing to do."""
    if step.anonymous:
        merging.hand_over(event, profile, step, world)
