"""A person's turn in a campaign has come."""

from models.audience import membership
from models.campaigns import begin
from models.person.profile import Profile
from models.step import Step
from models.world import World
from streams.registry import on_timer


@on_timer(begin.TIMER_PREFIX, name="campaigns")
def campaigns(timer_name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Decide for them, once; see `models.campaigns.begin`."""
    del due_ms
    begin.begin(timer_name.partition(":")[2], profile, step, world)
    membership.decided(profile, step, world)
