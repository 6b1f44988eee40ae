"""Reading the programme from YAML: every problem found is listed, none is guessed around."""

import re
from collections.abc import Iterable
from hashlib import blake2b
from json import dumps
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models import bounds
from models.errors import ProgrammeError
from models.flows import (
    Cancel,
    Caps,
    Content,
    Flow,
    Goal,
    MessageChoice,
    Offer,
    Programme,
    Quiet,
    SlotChoice,
    Trigger,
)
from models.programme_checks import fitting_problems
from models.programme_fields import (
    HOUR_MS,
    Budget,
    Chance,
    Delay,
    Exploration,
    Minute,
    Name,
    Number,
    Percent,
    SlotName,
    Variants,
    Version,
    Wait,
    Window,
    Worth,
    Zone,
)
from models.yaml_text import LEFT_OUT, plain_yaml

__all__ = ["Programme", "parse_programme"]

Cap = Annotated[int, Number, Field(ge=1, le=bounds.MESSAGES - 2)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class _Quiet(_Part):
    start: Minute = Field(alias="from")
    end: Minute = Field(alias="to")


class _Caps(_Part):
    day: Cap
    week: Cap


class _Settings(_Part):
    time_zone: Zone = "UTC"
    purpose: Literal["marketing"] = "marketing"
    quiet_hours: _Quiet | Literal["none"] = "none"
    caps: _Caps = _Caps(day=1, week=3)
    recently_bought: Delay = 30 * 24 * HOUR_MS
    exploration: Exploration = 0.05
    discounts_per_week: Budget | None = None


class _Offer(_Part):
    discount_percent: Percent


class _Goal(_Part):
    milestone: Name
    worth: Worth


class _Message(_Part):
    type: Name
    template: Name
    offers: tuple[Name, ...] = Field(default=("none",), min_length=1, max_length=8)
    clicks: Chance = 0.025
    orders: Chance = 0.02
    leaves: Chance = 0.002
    slots: dict[SlotName, Variants] = Field(default={}, max_length=3)


class _Flow(_Part):
    goal: Name
    trigger: Trigger
    milestone: Name | None = None
    until: Name | None = None
    delay: Delay
    window: Window
    expires: Window
    again_after: Window
    cancel: frozenset[Cancel] = frozenset()
    after: Name | None = None
    content: Content = Content.NONE
    needs_cart: bool = False
    quiet_hours: _Quiet | Literal["none"] | None = None
    capped: bool = True
    wait: Wait = 0
    exploration: Exploration | None = None
    unasked: Chance = 0.01
    messages: list[_Message] = Field(min_length=1, max_length=8)


class _Text(_Part):
    version: Version
    settings: _Settings = _Settings()
    offers: dict[Name, _Offer] = {}
    goals: dict[Name, _Goal] = Field(default={}, max_length=bounds.FLOWS)
    flows: dict[Name, _Flow] = Field(min_length=1, max_length=bounds.FLOWS)


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
    problems = [*unread, *wrong, *fitting_problems(plain)]
    if checked is None or problems:
        raise ProgrammeError(problems)
    return _programme(checked)


def _checked(plain: Any) -> tuple[_Text | None, list[str]]:
    """The text with its values in place, or None and what is wrong with them."""
    try:
        return _Text.model_validate(plain), []
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


def _described(problem: Any) -> str:
    parts = [str(part) for part in problem["loc"] if part not in {_NONE, _Quiet.__name__}]
    where = ".".join(parts) or "the whole text"
    message = re.sub(r"^Value error, ", "", problem["msg"])
    return f"{where}: {message}"


def _quiet(own: _Quiet | str | None, common: _Quiet | str) -> Quiet | None:
    chosen = common if own is None else own
    return Quiet(chosen.start, chosen.end) if isinstance(chosen, _Quiet) else None


def _message(message: _Message) -> MessageChoice:
    return MessageChoice(
        type=message.type,
        template=message.template,
        offers=message.offers,
        clicks=message.clicks,
        orders=message.orders,
        leaves=message.leaves,
        slots=tuple(SlotChoice(name, message.slots[name]) for name in sorted(message.slots)),
    )


def _flow(name: str, flow: _Flow, text: _Text) -> Flow:
    common, goal = text.settings, text.goals.get(flow.goal)
    return Flow(
        name=name,
        goal=flow.goal,
        trigger=flow.trigger,
        delay_ms=flow.delay,
        window_ms=flow.window,
        expires_ms=flow.expires,
        again_after_ms=flow.again_after,
        cancel=flow.cancel,
        after=flow.after or "",
        content=flow.content,
        needs_cart=flow.needs_cart,
        quiet=_quiet(flow.quiet_hours, common.quiet_hours),
        wait_ms=flow.wait,
        capped=flow.capped,
        exploration=common.exploration if flow.exploration is None else flow.exploration,
        unasked=flow.unasked,
        messages=tuple(_message(message) for message in flow.messages),
        milestone=flow.milestone or "",
        until=flow.until or (goal.milestone if goal else ""),
    )


def _grouped(pairs: Iterable[tuple[str, Flow]]) -> dict[str, tuple[Flow, ...]]:
    found: dict[str, tuple[Flow, ...]] = {}
    for event, flow in pairs:
        found[event] = (*found.get(event, ()), flow)
    return found


def _programme(text: _Text) -> Programme:
    flows = {name: _flow(name, text.flows[name], text) for name in sorted(text.flows)}
    meaning = dumps(text.model_dump(), sort_keys=True, default=sorted).encode()
    return Programme(
        version=blake2b(meaning, digest_size=4).hexdigest(),
        time_zone=text.settings.time_zone,
        purpose=text.settings.purpose,
        caps=Caps(text.settings.caps.day, text.settings.caps.week),
        recently_bought_ms=text.settings.recently_bought,
        offers={name: Offer(name, o.discount_percent) for name, o in sorted(text.offers.items())},
        flows=flows,
        started_by=_grouped((flow.starts_by, flow) for flow in flows.values()),
        ended_by=_grouped((event, flow) for flow in flows.values() for event in flow.ends_by),
        goals={name: Goal(name, g.milestone, g.worth) for name, g in sorted(text.goals.items())},
        discounts_per_week=text.settings.discounts_per_week,
    )
