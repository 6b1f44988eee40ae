"""The timer of a flow falls due: decide from the state of this moment."""

from models.audience import membership
from models.decision import due
from models.person.profile import Profile
from models.programme.flow_events import WAITED_FOR, Trigger
from models.programme.flows import Flow
from models.replenishment import reorders
from models.step import Step
from models.waiting import arrive, notice
from models.world import World
from streams.registry import on_timer


@on_timer("flow", name="flows")
def flows(timer_name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Decide, wait on, or do nothing; see `models.decision.due.fire`.

    A decision is also when it is looked at what the person likes most, and what else they may be
    told of.
    """
    name = timer_name.partition(":")[2]
    armed = profile.armed.get(name)
    due.fire(timer_name, due_ms, profile, step, world)
    if step.emitted and armed is not None:
        _decided(world.programme.flows[name], armed.about, profile, step, world)
    membership.decided(profile, step, world)


def _decided(flow: Flow, about: str, profile: Profile, step: Step, world: World) -> None:
    """See what follows from a decision for what the person waits for."""
    notice.loves(step.now_ms, profile, step, world)
    if flow.name in profile.armed:
        return  # it waits on
    if flow.trigger is Trigger.REPLENISHMENT:
        reorders.decided(about, profile, step, world)
    elif flow.trigger in WAITED_FOR:
        arrive.decided(flow, about, profile, step, world)
