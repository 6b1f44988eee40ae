"""A milestone: of setup, a trial or a subscription; it starts flows, ends them, and is a goal."""

from models import bounds
from models.decision import triggers
from models.feedback import outcomes
from models.person import habits
from models.person.profile import Profile
from models.programme.flow_events import by_milestone
from models.step import Record, Step
from models.waiting import arrive
from models.world import World
from streams.registry import on_event


@on_event("milestone", name="milestone")
def milestone(event: Record, profile: Profile, step: Step, world: World) -> None:
    """Note it, count it in outcomes, end and start the flows that wait for it.

    It is no sign of life: a trial ends and a subscription renews without the person.
    """
    name, at_ms = event["name"], event["occurred_at"]
    habits.note_seen(profile.milestones, name, at_ms, bounds.MILESTONES)
    value = bounds.money(event["value"]) or world.programme.worth_of(name)
    outcomes.reached(profile, at_ms, name, value)
    happened = by_milestone(name)
    ended = triggers.end(happened, at_ms, profile, step, world)
    triggers.start(happened, at_ms, event["event_id"], profile, step, world)
    arrive.ended(ended, profile, step, world)
