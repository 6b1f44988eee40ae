"""An anonymous profile arrives at the subscriber it belongs to."""

from models.errors import ProfileBytesError, RefusedEventError
from models.person import encoding, merging
from models.person.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import on_event


@on_event("merge", name="merge", contact=True)
def merge(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Absorb it.

    Raises:
        RefusedEventError: Its bytes are no profile (`bad_merge`).
    """
    try:
        other = encoding.decode(event["profile"])
        other.past()
    except ProfileBytesError as error:
        raise RefusedEventError("bad_merge", "the profile it carries can't be read") from error
    merging.absorb(profile, other, event["event_id"], step, world)
