"""A person's turn in a campaign: decide, or wait for the end of quiet hours; once for each."""

from models.decision.moment import TriggerSeen
from models.decision.triggers import reachable, start_once
from models.intent.asked import Asked
from models.person.profile import Profile
from models.step import Step
from models.world import World

TIMER_PREFIX = "campaign"
"""A turn comes as a timer that fell due, though none was set; its name says which campaign's."""


def timer_of(campaign: str) -> str:
    """The name under which somebody has their turn in a campaign."""
    return f"{TIMER_PREFIX}:{campaign}"


def begin_all(profile: Profile, step: Step, world: World) -> None:
    """Give someone who can be mailed only now their turn in every campaign that is open."""
    for name in sorted(world.programme.campaigns):
        begin(name, profile, step, world)


def begin(name: str, profile: Profile, step: Step, world: World) -> None:
    """Start a campaign's flow, where it is open and the person is one of its audience.

    Who is in the audience is asked when their turn comes, and not again.
    """
    campaign = world.programme.campaigns.get(name)
    if campaign is None or not campaign.is_open(step.now_ms) or not reachable(profile, world):
        return
    if campaign.audience:
        ask = Asked(profile, step.now_ms, world.intent, world.catalog).intent
        members = world.programme.segments.members(profile, step.now_ms, ask)
        if not set(campaign.audience).intersection(members):
            return
    # As of its start: quiet hours are waited for while it is open, and a purchase since ends it.
    seen = TriggerSeen("campaign", name, campaign.starts_ms)
    start_once(world.programme.flows[name], seen, profile, step, world)
