"""A person is looked at, or what followed the last look is told."""

from models.audience import membership
from models.intent import samples
from models.person.profile import Profile
from models.step import Step
from models.world import World
from streams.registry import on_timer


@on_timer(samples.TIMER_PREFIX, name="samples")
def samples_step(timer_name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Tell the label that has matured and look again, at segments too.

    One planned anew since does nothing.
    """
    del timer_name
    if samples.fire(due_ms, profile, step, world.intent):
        membership.asked(profile, step, world)
