"""Reading the programme from YAML: every problem found is listed, none is guessed around."""

import re
from collections.abc import Iterable
from hashlib import blake2b
from json import dumps
from typing import Any

import yaml
from pydantic import ValidationError

from models import localtime
from models.audience.attributes import CHOICE, TEXT, TYPES, Attribute
from models.audience.conditions import read_segments
from models.audience.segments import Segments
from models.campaigns.campaign import FOREVER_MS, Campaign, moment_ms
from models.errors import ProgrammeError
from models.programme.checks import fitting_problems
from models.programme.flow_events import Trigger
from models.programme.flow_parts import AtMost, Audience, Caps, Goal, MessageChoice, Offer, Quiet
from models.programme.flows import Flow, Programme
from models.programme.streams import Kind, Topic, Unengaged, promise
from models.programme.text import (
    CampaignText,
    FlowText,
    MessageText,
    OfferText,
    ProgrammeText,
    QuietText,
)
from models.programme.yaml_text import LEFT_OUT, plain_yaml
from models.slots.needs import SHOWS
from models.slots.slots_text import BY_LIST, BY_NAME, slot_choice

__all__ = ["Programme", "parse_programme"]


def parse_programme(text: str) -> Programme:
    """The programme that a YAML text describes.

    Raises:
        ProgrammeError: The text is no YAML, has unknown or repeated keys, refers to what isn't
            there or in a circle, or holds a value that can't be; `problems` lists each.
    """
    try:
        plain, unread = plain_yaml(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ProgrammeError([f"not readable as YAML: {' '.join(str(error).split())}"]) from error
    checked, wrong = _checked(plain)
    segments, unfit = read_segments(_section(plain, "segments"), _attributes(plain))
    problems = [*unread, *wrong, *unfit, *fitting_problems(plain)]
    if checked is None or problems:
        raise ProgrammeError(problems)
    return _programme(checked, segments)


def _section(plain: Any, name: str) -> Any:
    return plain.get(name, {}) if isinstance(plain, dict) else {}


def _attributes(plain: Any) -> dict[str, Attribute]:
    """The attributes declared; one whose type can't be is taken for a text, and told elsewhere."""
    written = _section(plain, "attributes")
    return {
        str(name): Attribute(str(name), CHOICE, tuple(map(str, kind)))
        if isinstance(kind, list | tuple)
        else Attribute(str(name), kind if kind in TYPES else TEXT)
        for name, kind in (written.items() if isinstance(written, dict) else ())
    }


def _checked(plain: Any) -> tuple[ProgrammeText | None, list[str]]:
    """The text with its values in place, or None and what is wrong with them."""
    try:
        return ProgrammeText.model_validate(plain), []
    except ValidationError as error:
        return None, [_described(problem) for problem in error.errors() if _is_news(problem)]


def _is_news(problem: Any) -> bool:
    """Whether it is to be told: not of what was refused in reading, and once for a choice of two.

    Quiet hours are a span or `none`; that a span is not `none` needs no words.
    """
    if problem["input"] is LEFT_OUT:
        return bool(problem["type"] == "extra_forbidden")
    return not (_NONE in problem["loc"] and isinstance(problem["input"], dict))


_NONE = "literal['none']"
_UNSAID = frozenset({_NONE, QuietText.__name__, BY_LIST, BY_NAME})
"""What pydantic calls the ways in which a value may be written."""


def _described(problem: Any) -> str:
    parts = [str(part) for part in problem["loc"] if part not in _UNSAID]
    where = ".".join(parts) or "the whole text"
    message = re.sub(r"^Value error, ", "", problem["msg"])
    return f"{where}: {message}"


def _quiet(own: QuietText | str | None, common: QuietText | str) -> Quiet | None:
    chosen = common if own is None else own
    return Quiet(chosen.start, chosen.end) if isinstance(chosen, QuietText) else None


def _message(message: MessageText) -> MessageChoice:
    return MessageChoice(
        type=message.type,
        template=message.template,
        offers=message.offers,
        clicks=message.clicks,
        orders=message.orders,
        leaves=message.leaves,
        slots=tuple(slot_choice(name, message.slots[name]) for name in sorted(message.slots)),
        audience=Audience(message.only or (), message.but or ()),
        shows=SHOWS if message.shows is None else message.shows,
    )


def _offer(name: str, offer: OfferText, text: ProgrammeText) -> Offer:
    mailing: list[FlowText | CampaignText] = [*text.flows.values(), *text.campaigns.values()]
    lives = (
        each.expires for each in mailing if any(name in message.offers for message in each.messages)
    )
    return Offer(
        name=name,
        discount_percent=offer.discount_percent,
        codes=offer.codes,
        code_life_ms=max(lives, default=0) + offer.valid_for,
        codes_per_week=offer.codes_per_week,
        codes_total=offer.codes_total,
        ends_ms=localtime.end_of(offer.ends, text.settings.time_zone) if offer.ends else 0,
    )


def _flow(name: str, flow: FlowText, text: ProgrammeText) -> Flow:
    common, goal = text.settings, text.goals.get(flow.goal)
    owed = flow.kind is Kind.TRANSACTIONAL
    return Flow(
        name=name,
        goal=flow.goal,
        kind=flow.kind,
        stream=flow.stream or flow.kind.value,
        topic=flow.topic or "",
        resend_unknown=flow.resend_unknown,
        trigger=flow.trigger,
        delay_ms=flow.delay,
        window_ms=flow.window,
        expires_ms=flow.expires,
        again_after_ms=flow.again_after,
        cancel=flow.cancel,
        after=flow.after or "",
        content=flow.content,
        needs_cart=flow.needs_cart,
        # What is owed is owed at once, unless the flow itself says otherwise.
        quiet=_quiet(flow.quiet_hours, "none" if owed else common.quiet_hours),
        wait_ms=flow.wait,
        capped=flow.capped and not owed,
        exploration=common.exploration if flow.exploration is None else flow.exploration,
        unasked=flow.unasked,
        messages=tuple(_message(message) for message in flow.messages),
        milestone=flow.milestone or "",
        until=flow.until or (goal.milestone if goal else ""),
        segment=flow.segment or "",
        audience=Audience(flow.only or (), flow.but or ()),
        at_most=AtMost(flow.at_most.times, flow.at_most.within) if flow.at_most else None,
    )


def _campaign(name: str, campaign: CampaignText, text: ProgrammeText) -> Campaign:
    zone, audience = text.settings.time_zone, campaign.audience
    return Campaign(
        name,
        () if isinstance(audience, str) else tuple(audience),
        moment_ms(campaign.starts, zone),
        moment_ms(campaign.ends, zone),
    )


def _campaign_flow(campaign: Campaign, told: CampaignText, text: ProgrammeText) -> Flow:
    """How a campaign mails: at once, while it is open, each person once."""
    common, goal = text.settings, text.goals.get(told.goal)
    return Flow(
        name=campaign.name,
        goal=told.goal,
        stream=told.stream or Kind.MARKETING.value,
        topic=told.topic or "",
        trigger=Trigger.CAMPAIGN,
        delay_ms=0,
        window_ms=campaign.ends_ms - campaign.starts_ms,
        expires_ms=told.expires,
        again_after_ms=FOREVER_MS,
        cancel=told.cancel,
        after="",
        content=told.content,
        needs_cart=False,
        quiet=_quiet(told.quiet_hours, common.quiet_hours),
        wait_ms=0,
        capped=told.capped,
        exploration=common.exploration if told.exploration is None else told.exploration,
        unasked=told.unasked,
        messages=tuple(_message(message) for message in told.messages),
        until=goal.milestone if goal else "",
    )


def _topics(text: ProgrammeText) -> dict[str, Topic]:
    return {name: Topic(name, t.title, t.description) for name, t in text.topics.items()}


def _grouped(pairs: Iterable[tuple[str, Flow]]) -> dict[str, tuple[Flow, ...]]:
    found: dict[str, tuple[Flow, ...]] = {}
    for event, flow in pairs:
        found[event] = (*found.get(event, ()), flow)
    return found


def _programme(text: ProgrammeText, segments: Segments) -> Programme:
    flows = {name: _flow(name, text.flows[name], text) for name in sorted(text.flows)}
    campaigns = {
        name: _campaign(name, text.campaigns[name], text) for name in sorted(text.campaigns)
    }
    for name, campaign in campaigns.items():
        flows[name] = _campaign_flow(campaign, text.campaigns[name], text)
    settings, topics = text.settings, _topics(text)
    unengaged, promised = settings.unengaged, settings.promise
    meaning = dumps(text.model_dump(), sort_keys=True, default=sorted).encode()
    return Programme(
        version=blake2b(meaning, digest_size=4).hexdigest(),
        time_zone=text.settings.time_zone,
        purpose=text.settings.purpose,
        caps=Caps(text.settings.caps.day, text.settings.caps.week),
        recently_bought_ms=text.settings.recently_bought,
        offers={name: _offer(name, offer, text) for name, offer in sorted(text.offers.items())},
        flows=flows,
        started_by=_grouped((flow.starts_by, flow) for flow in flows.values()),
        ended_by=_grouped((event, flow) for flow in flows.values() for event in flow.ends_by),
        goals={name: Goal(name, g.milestone, g.worth) for name, g in sorted(text.goals.items())},
        discounts_per_week=text.settings.discounts_per_week,
        price_drop_percent=text.settings.price_drop_percent,
        replenish_at=text.settings.replenish_at,
        campaigns=campaigns,
        segments=segments,
        attributes=_attributes(text.model_dump()),
        preferences=text.recommendations.preferences(),
        low_stock=text.settings.low_stock,
        ends_soon_ms=text.settings.ends_soon,
        confirmed=text.settings.opt_in == "confirmed",
        topics=topics,
        promise=promise(promised.content, promised.frequency, topics, settings.caps.week),
        unengaged=Unengaged(unengaged.mails, unengaged.length) if unengaged else None,
    )
