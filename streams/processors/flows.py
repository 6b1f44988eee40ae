"""The timer of a flow falls due: decide from the state of this moment."""

from models import triggers
from models.audience import membership
from models.profile import Profile
from models.step import Step
from models.world import World
from streams.registry import on_timer


@on_timer("flow", name="flows")
def flows(timer_name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Decide, wait on, or do nothing; see `models.triggers.fire`."""
    triggers.fire(timer_name, due_ms, profile, step, world)
    membership.decided(profile, step, world)
