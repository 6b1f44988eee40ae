"""After everything else of a record, and when time alone may do it: segments entered and left."""

from collections.abc import Callable

from models.audience import membership
from models.person.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import on_event, on_timer

_LAST = 90


def _after(record: str) -> Callable[[Record, Profile, Step, World], None]:
    happened = membership.happened

    @on_event(record, name=f"segments_{record}", order=_LAST)
    def after(event: Record, profile: Profile, step: Step, world: World) -> None:
        happened(record, event, profile, step, world)

    return after


browse = _after("browse")
cart = _after("cart")
click = _after("click")
search = _after("search")
purchase = _after("purchase")
refund = _after("refund")
milestone = _after("milestone")
consent = _after("consent")
told = _after("profile")
delivery = _after("delivery")
wish = _after("wish")
merge = _after("merge")


@on_timer(membership.TIMER_PREFIX, name="segments")
def segments(timer_name: str, due_ms: int, profile: Profile, step: Step, world: World) -> None:
    """Look at who is in what by now; see `models.audience.membership`."""
    del timer_name
    membership.fall_due(due_ms, profile, step, world)
