"""What must fit together in the programme: references, circles, choices, triggers, spans.

Checked on whatever parts of the text are as they should be, so that it is told together with what
is wrong elsewhere: a flow whose delay is misspelt may refer to an offer that isn't there, too.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from models.campaigns.checks import campaign_problems
from models.programme.flow_events import OF_A_PRODUCT, Cancel, Trigger
from models.programme.flow_parts import Content
from models.programme.loose import LooseFlow, LooseMessage, Parts, parts_of
from models.programme.stream_checks import INFORM, stream_problems
from models.slots.checks import showing_problems

_BY_ORDERS: Final = {"buy", "come_back", "welcome"}
"""Goals that are always there; `INFORM` is, too."""

_ENDS_ITSELF: Final = {Trigger.PURCHASE: Cancel.PURCHASE, Trigger.CART: Cancel.CART}


def fitting_problems(plain: Any) -> list[str]:
    """Give a line for everything that doesn't fit together, each with where it stands.

    Args:
        plain: The text as plain data, of whatever shape.
    """
    if not isinstance(plain, dict):
        return []
    parts = parts_of(plain)
    return [
        *_span_problems(parts),
        *_reference_problems(parts),
        *_goal_problems(parts),
        *_milestone_problems(parts),
        *_segment_problems(parts),
        *_circles(parts.flows),
        *_flow_problems(parts.places),
        *_content_problems(parts.places),
        *_showing_problems(parts),
        *stream_problems(parts),
        *campaign_problems(plain),
    ]


def _span_problems(parts: Parts) -> Iterable[str]:
    places = {"settings": parts.settings.quiet_hours}
    places |= {place: flow.quiet_hours for place, flow in parts.places.items()}
    for place, quiet in places.items():
        if quiet.start is not None and quiet.start == quiet.end:
            yield f"{place}.quiet_hours: from and to are the same; write `none` to have none"
    day, week = parts.settings.caps.day, parts.settings.caps.week
    if day is not None and week is not None and week < day:
        yield f"settings.caps: the week's cap ({week}) is below the day's ({day})"


def _reference_problems(parts: Parts) -> Iterable[str]:
    known = parts.offers
    if known is not None and "none" in known:
        yield "offers.none: `none` stands for no offer; choose another name"
    for name, told in (known or {}).items():
        for key in sorted(told.model_fields_set - {"codes", "ends"}) if told.codes is False else ():
            yield f"offers.{name}.{key}: only an offer with `codes: true` has it"
    for name, flow in parts.flows.items():
        if flow.after is not None and flow.after not in parts.flows:
            yield f"flows.{name}.after: there is no flow {flow.after!r}"
    for place, flow in parts.places.items():
        for number, message in enumerate(flow.messages):
            for offer in message.offers:
                if known is not None and offer != "none" and offer not in known:
                    yield f"{place}.messages.{number}.offers: there is no offer {offer!r}"


def _goal_problems(parts: Parts) -> Iterable[str]:
    if parts.goals is None:
        return
    first: dict[str, str] = {}
    for name, goal in parts.goals.items():
        if name in {*_BY_ORDERS, INFORM}:
            yield f"goals.{name}: `{name}` is always there; choose another name"
        if goal.milestone is not None and first.setdefault(goal.milestone, name) != name:
            yield f"goals.{name}.milestone: it is what goal {first[goal.milestone]!r} is reached by"
    for place, flow in parts.places.items():
        if flow.goal is not None and flow.goal not in _BY_ORDERS | {INFORM} | parts.goals.keys():
            yield f"{place}.goal: there is no goal {flow.goal!r}"


def _milestone_problems(parts: Parts) -> Iterable[str]:
    for name, flow in parts.flows.items():
        starts = flow.trigger is Trigger.MILESTONE
        if starts and flow.milestone is None:
            yield f"flows.{name}.milestone: a flow triggered by milestone names the one"
        if flow.milestone is None:
            continue
        if flow.trigger is not None and not starts:
            yield f"flows.{name}.milestone: only a flow triggered by milestone has one"
        goal = (parts.goals or {}).get(flow.goal or "")
        if flow.milestone == (flow.until or (goal.milestone if goal else None)):
            yield (
                f"flows.{name}.milestone: {flow.milestone} is what ends the flow, too, so it would "
                "never mail; start it by another"
            )


def _segment_problems(parts: Parts) -> Iterable[str]:
    for name, flow in parts.flows.items():
        starts = flow.trigger is Trigger.SEGMENT
        if starts and flow.segment is None:
            yield f"flows.{name}.segment: a flow triggered by segment names the one"
        if flow.segment is not None and flow.trigger is not None and not starts:
            yield f"flows.{name}.segment: only a flow triggered by segment has one"
    for part, flow in parts.places.items():
        named = [("segment", flow.segment)] if flow.segment is not None else []
        named += _audience(flow, "")
        for number, message in enumerate(flow.messages):
            named += _audience(message, f"messages.{number}.")
        for place, segment in named:
            if parts.segments is not None and segment not in parts.segments:
                yield f"{part}.{place}: there is no segment {segment!r}"


def _audience(part: LooseFlow | LooseMessage, place: str) -> list[tuple[str, str]]:
    """Where a flow or message names a segment, and which."""
    named = [(f"{place}only", segment) for segment in part.only]
    return [*named, *((f"{place}except", segment) for segment in part.but)]


def _circles(flows: Mapping[str, LooseFlow]) -> Iterable[str]:
    for start in flows:
        path = [start]
        while (following := flows[path[-1]].after) in flows:
            assert following is not None
            if following == start and start == min(path):
                circle = " -> ".join([*path, start])
                yield f"flows.{start}.after: the flows wait for each other: {circle}"
            if following in path:
                break
            path.append(following)


def _flow_problems(places: Mapping[str, LooseFlow]) -> Iterable[str]:
    for place, flow in places.items():
        arms = [f"{m.type}/{offer}" for m in flow.messages if m.type for offer in m.offers]
        twice = sorted({arm for arm in arms if arms.count(arm) > 1})
        if twice:
            yield f"{place}.messages: the same choice twice: {', '.join(twice)}"
        for kind in sorted({m.type for m in flow.messages if m.slots and m.type}):
            # What is learned of a variant is learned for the type.
            if len({m.template for m in flow.messages if m.type == kind}) > 1:
                yield f"{place}.messages: {kind} has slots and more than one template"
        if flow.trigger is None:
            continue
        if flow.needs_cart and flow.trigger is not Trigger.CART:
            yield f"{place}.needs_cart: only a flow triggered by cart can need one"
        if _ENDS_ITSELF.get(flow.trigger) in flow.cancel:
            yield (
                f"{place}.cancel: {flow.trigger.value} is what starts the flow and would end "
                "it at once, so it would never mail; leave it out"
            )


def _content_problems(places: Mapping[str, LooseFlow]) -> Iterable[str]:
    for place, flow in places.items():
        if flow.trigger is None:
            continue
        if flow.trigger is Trigger.CAMPAIGN:
            yield f"{place}.trigger: campaigns stand in a section of their own, `campaigns`"
        about = flow.trigger in OF_A_PRODUCT
        if flow.content is Content.TOPIC and flow.trigger is not Trigger.CLICK:
            yield f"{place}.content: only a flow triggered by click has a `topic`"
        if flow.content is not None and about != (flow.content is Content.WANTED):
            why = "shows what it is about; write `wanted`" if about else "is about no product"
            yield f"{place}.content: a flow triggered by {flow.trigger.value} {why}"


def _showing_problems(parts: Parts) -> Iterable[str]:
    ending = {name for name, offer in (parts.offers or {}).items() if offer.ends is not None}
    for part, flow in parts.places.items():
        for number, message in enumerate(flow.messages):
            place = f"{part}.messages.{number}"
            ends = any(offer in ending for offer in message.offers)
            yield from showing_problems(
                place, flow.content, message.shows, message.slots, ends=ends
            )
