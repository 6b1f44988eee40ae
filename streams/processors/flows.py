"""The timer of a flow falls due: decide from the state of this moment."""

from models import triggers
from models.profile import Profile
from models.step import Step
from models.waiting import arrive, notice
from models.world import World
from streams.registry import on_timer


@on_timer("flow", name="flows")
def flows(timer_name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Decide, wait on, or do nothing; see `models.triggers.fire`.

    A decision is also when it is looked at what the person likes most, and what else they may be
    told of.
    """
    name = timer_name.partition(":")[2]
    armed = profile.armed.get(name)
    triggers.fire(timer_name, due_ms, profile, step, world)
    if not step.emitted or armed is None:
        return
    notice.loves(step.now_ms, profile, step, world)
    if armed.about:
        arrive.decided(world.programme.flows[name], armed.about, profile, step, world)
