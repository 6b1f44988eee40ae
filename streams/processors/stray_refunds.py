"""The order of a refund should have come by now: one that didn't is told of, not kept quiet."""

from models.errors import RefusedEventError
from models.feedback import refunds
from models.person.profile import Profile
from models.step import Step
from models.world import World
from streams.registry import on_timer


@on_timer(refunds.TIMER_PREFIX, name="stray_refunds")
def stray_refunds(timer_name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Do nothing where the order came.

    Raises:
        RefusedEventError: It didn't (`unknown_order`): it isn't among the person's last.
    """
    del due_ms, step, world
    if refunds.waits(timer_name, profile):
        raise RefusedEventError(
            "unknown_order", "a refund's order isn't among the last of its person, a day after it"
        )
