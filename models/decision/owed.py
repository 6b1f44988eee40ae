"""The moment of a transactional mail: it is owed, so there is nothing to choose and little to know.

Nothing that the person did is looked at but what the mail is about: they may have consented to
nothing. It has one arm, the mail; where a rule rules it out, holding is what is left.
"""

from models import localtime
from models.decision import fences
from models.decision.candidates import candidates, config_of, models_of
from models.decision.moment import VERSION, Facts, Moment, TriggerSeen
from models.person import messages
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.programme.flows import Flow, Programme
from models.world import World


def moment_of(
    flow: Flow,
    trigger: TriggerSeen,
    wanted_ms: int,
    subscriber: str,
    profile: Profile,
    now_ms: int,
    world: World,
    about: str,
    standing: Facts,
) -> Moment:
    """Gather what a decision about a transactional mail may know; as `models.decision.look.look`.

    Args:
        about: What it is about: an order's id, or the version of the text that was agreed to.
        standing: Whether the person may be written to.
    """
    config = config_of(flow, world.programme, world.policy)
    if not fences.unwelcome(standing, config):
        _know(standing, flow, wanted_ms, profile, now_ms, world.programme)
        standing.told = told_of(flow, about, wanted_ms - flow.delay_ms, profile, world.programme)
    arms = candidates(flow, {}, world, [])
    return Moment(
        VERSION,
        subscriber,
        trigger,
        now_ms,
        standing,
        arms if fences.closed(standing, config) else arms[1:],
        [],
        models_of(world, {}),
        config,
        "",
    )


def _know(
    facts: Facts, flow: Flow, wanted_ms: int, profile: Profile, now_ms: int, programme: Programme
) -> None:
    time_zone = localtime.usable(profile.time_zone, programme.time_zone)
    if flow.quiet is not None:
        facts.quiet_in_ms = localtime.next_at(now_ms, time_zone, flow.quiet.start) - now_ms
    facts.late_ms = max(0, now_ms - wanted_ms)
    facts.minute = localtime.local_minute(now_ms, time_zone)
    facts.flow_mails = messages.counted_of(flow, profile, now_ms)
    facts.engagement = 1.0  # just now they did what it is owed for


def told_of(
    flow: Flow, about: str, at_ms: int, profile: Profile, programme: Programme
) -> dict[str, str]:
    """What the mail's content says, empty texts left out.

    Args:
        flow: The flow.
        about: What it is about.
        at_ms: When what it is owed for happened, epoch milliseconds.
        profile: The person, for what they bought then.
        programme: What somebody who opts in agrees to.
    """
    found: dict[str, str] = {}
    if flow.trigger is Trigger.OPT_IN:
        found = {
            "purpose": programme.purpose,
            "text_version": about,
            "promise_content": programme.promise.content,
            "promise_frequency": programme.promise.frequency,
        }
    elif flow.trigger is Trigger.PURCHASE:
        items = sorted(product for product, bought in profile.bought.items() if bought == at_ms)
        found = {"order": about, "items": ",".join(items)}
    return {name: text for name, text in found.items() if text}
