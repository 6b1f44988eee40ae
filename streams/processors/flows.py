"""The timer of a flow falls due: decide from the state of this moment."""

from models import triggers
from models.flows import WAITED_FOR, Trigger
from models.profile import Profile
from models.replenishment import reorders
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
    flow = world.programme.flows[name]
    if flow.name in profile.armed:
        return  # it waits on
    if flow.trigger is Trigger.REPLENISHMENT:
        reorders.decided(armed.about, profile, step, world)
    elif flow.trigger in WAITED_FOR:
        arrive.decided(flow, armed.about, profile, step, world)
