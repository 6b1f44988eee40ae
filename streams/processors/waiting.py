"""Something that the person waits for has come, says the catalog: tell them."""

from models.audience import membership
from models.person.profile import Profile
from models.step import Step
from models.waiting import arrive, notice
from models.world import World
from streams.registry import on_timer


@on_timer(arrive.TIMER_PREFIX, name="waiting")
def waiting(timer_name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Start its flow, where it has come for this person too; see `models.waiting.arrive`."""
    del due_ms
    arrive.told(timer_name, profile, step, world)
    if step.emitted:
        notice.loves(step.now_ms, profile, step, world)
    membership.decided(profile, step, world)
