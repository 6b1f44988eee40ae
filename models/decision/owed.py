"""The moment of a transactional mail: it is owed, so there is nothing to choose and little to know.

Nothing that the person did is looked at but what the mail is about: they may have consented to
nothing. It has one arm, the mail; where a rule rules it out, holding is what is left.
"""

from typing import Final

from models import bounds, localtime
from models.decision import fences
from models.decision.candidates import candidates, config_of, models_of
from models.decision.moment import VERSION, Facts, Moment, TriggerSeen
from models.person import messages
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.programme.flows import Flow, Programme
from models.step import Record
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
        about: What it is about: an order as `order_of` has it, or the version of the text that
            was agreed to.
        standing: Whether the person may be written to.
    """
    config = config_of(flow, world.programme, world.policy)
    if not fences.unwelcome(standing, config):
        _know(standing, flow, wanted_ms, profile, now_ms, world.programme)
        standing.told = told_of(flow, about, world.programme)
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


def order_of(event: Record, programme: Programme) -> str:
    """What a confirmation says of an order, as one text; empty where no flow confirms orders.

    Its lines are left out where they would take too much room in a profile that waits for an
    address.
    """
    if not any(flow.owed for flow in programme.started_by.get(Trigger.PURCHASE, ())):
        return ""
    order, total = event["order_id"], f"{bounds.money(event['total']):.2f}"
    lines = ",".join(_line(item) for item in event["items"])
    for known in (f"{order}{_APART}{total}{_APART}{lines}", f"{order}{_APART}{total}{_APART}"):
        if len(known.encode()) <= bounds.TEXT_BYTES:
            return known
    return ""


_APART: Final = "\x1f"
"""Between the parts of an order; ids hold no control characters."""


def _line(item: Record) -> str:
    """`id:quantity:price of one`; a comma, which would end the line, gives way."""
    price = f"{bounds.money(item['price']):.2f}" if item["price"] is not None else ""
    return f"{item['product_id'].replace(',', ' ')}:{item['quantity']}:{price}"


def told_of(flow: Flow, about: str, programme: Programme) -> dict[str, str]:
    """What the mail's content says, empty texts left out.

    Args:
        flow: The flow.
        about: What it is about.
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
        names = ("order_id", "order_total", "order_items")
        found = dict(zip(names, about.split(_APART), strict=False))
    return {name: text for name, text in found.items() if text}
