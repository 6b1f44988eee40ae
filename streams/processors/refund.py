"""Money of an order was paid back: taken out of the person's sums and of outcomes, left or not."""

from models.digests import digest
from models.feedback import refunds
from models.person.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import on_event


@on_event("refund", name="refund")
def refund(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Take it out; one that overtook its order waits for it. It is no sign of life."""
    order = digest(event["order_id"])
    refunds.refunded(order, event["total"], event["event_id"], profile, step, world.policy)
