"""The window of a decision closes: what followed becomes an outcome."""

from models.feedback import outcomes
from models.person.profile import Profile
from models.step import Step
from models.world import World
from streams.registry import on_timer


@on_timer(outcomes.TIMER_PREFIX, name="outcomes")
def outcomes_step(timer_name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Emit the outcome and learn from it; one closed early has nothing left to say."""
    pending = outcomes.find(profile, timer_name.partition(":")[2])
    if pending is not None:
        outcomes.close(pending, due_ms, profile, step, world.policy)
