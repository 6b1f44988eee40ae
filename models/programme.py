"""Reading the programme from YAML: every problem found is listed, none is guessed around."""

import re
from collections.abc import Callable
from hashlib import blake2b
from json import dumps
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from models import bounds
from models.durations import duration_ms, minute_of_day
from models.errors import ProgrammeError
from models.flows import (
    Cancel,
    Caps,
    Content,
    Flow,
    MessageChoice,
    Offer,
    Programme,
    Quiet,
    Trigger,
)
from models.yaml_text import plain_yaml

__all__ = ["Programme", "parse_programme"]

HOUR_MS = 3_600_000
YEAR_MS = 366 * 24 * HOUR_MS


def _within(low_ms: int, high_ms: int) -> Callable[[int], int]:
    def check(length_ms: int) -> int:
        if not low_ms <= length_ms <= high_ms:
            raise ValueError(
                f"must lie between {low_ms // 1000} and {high_ms // 1000} seconds, "
                f"not at {length_ms // 1000}"
            )
        return length_ms

    return check


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA time zone, like Europe/Berlin") from error
    return name


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
Delay = Annotated[int, BeforeValidator(duration_ms), AfterValidator(_within(0, YEAR_MS))]
Window = Annotated[int, BeforeValidator(duration_ms), AfterValidator(_within(60_000, YEAR_MS))]
Minute = Annotated[int, BeforeValidator(minute_of_day)]
Chance = Annotated[float, Field(gt=0.0, lt=1.0, allow_inf_nan=False)]
Exploration = Annotated[float, Field(ge=0.01, le=0.5, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class _Quiet(_Part):
    start: Minute = Field(alias="from")
    end: Minute = Field(alias="to")

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.start == self.end:
            raise ValueError("quiet hours from and to are the same; write `none` to have none")
        return self


class _Caps(_Part):
    day: int = Field(ge=1, le=bounds.MESSAGES - 2)
    week: int = Field(ge=1, le=bounds.MESSAGES - 2)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.week < self.day:
            raise ValueError(f"the week's cap ({self.week}) is below the day's ({self.day})")
        return self


class _Settings(_Part):
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    purpose: Literal["marketing"] = "marketing"
    quiet_hours: _Quiet | Literal["none"] = "none"
    caps: _Caps = _Caps(day=1, week=3)
    recently_bought: Delay = 30 * 24 * HOUR_MS
    exploration: Exploration = 0.05


class _Offer(_Part):
    discount_percent: float = Field(gt=0.0, le=90.0, allow_inf_nan=False)


class _Message(_Part):
    type: Name
    template: Name
    offers: tuple[Name, ...] = Field(default=("none",), min_length=1, max_length=8)
    prior: Chance


class _Flow(_Part):
    goal: Name
    trigger: Trigger
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
    exploration: Exploration | None = None
    hold_prior: Chance = 0.03
    messages: list[_Message] = Field(min_length=1, max_length=8)


class _Text(_Part):
    version: Literal[1]
    settings: _Settings = _Settings()
    offers: dict[Name, _Offer] = {}
    flows: dict[Name, _Flow] = Field(min_length=1, max_length=bounds.FLOWS)


def parse_programme(text: str) -> Programme:
    """The programme that a YAML text describes.

    Raises:
        ProgrammeError: The text is no YAML, has unknown or repeated keys, refers to what isn't
            there or in a circle, or holds a value that can't be; `problems` lists each.
    """
    try:
        plain = plain_yaml(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # ValueError: 2026-02-30
        raise ProgrammeError([f"not readable as YAML: {' '.join(str(error).split())}"]) from error
    try:
        checked = _Text.model_validate(plain)
    except ValidationError as error:
        raise ProgrammeError([_described(problem) for problem in error.errors()]) from error
    problems = [*_reference_problems(checked), *_circles(checked), *_arm_problems(checked)]
    if problems:
        raise ProgrammeError(problems)
    return _programme(checked)


def _described(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"]) or "the whole text"
    message = re.sub(r"^Value error, ", "", problem["msg"])
    return f"{where}: {message}"


def _reference_problems(text: _Text) -> list[str]:
    problems = []
    if "none" in text.offers:
        problems.append("offers.none: `none` stands for no offer; choose another name")
    for name, flow in text.flows.items():
        if flow.after is not None and flow.after not in text.flows:
            problems.append(f"flows.{name}.after: there is no flow {flow.after!r}")
        for message in flow.messages:
            problems.extend(
                f"flows.{name}.messages.{message.type}.offers: there is no offer {offer!r}"
                for offer in message.offers
                if offer != "none" and offer not in text.offers
            )
    return problems


def _circles(text: _Text) -> list[str]:
    problems = []
    for start in text.flows:
        path = [start]
        while (following := text.flows[path[-1]].after) in text.flows:
            assert following is not None
            if following == start and start == min(path):
                circle = " -> ".join([*path, start])
                problems.append(f"flows.{start}.after: the flows wait for each other: {circle}")
            if following in path:
                break
            path.append(following)
    return problems


def _arm_problems(text: _Text) -> list[str]:
    problems = []
    for name, flow in text.flows.items():
        arms = [f"{m.type}/{offer}" for m in flow.messages for offer in m.offers]
        twice = sorted({arm for arm in arms if arms.count(arm) > 1})
        if twice:
            problems.append(f"flows.{name}.messages: the same choice twice: {', '.join(twice)}")
        if flow.needs_cart and flow.trigger is not Trigger.CART:
            problems.append(f"flows.{name}.needs_cart: only a flow triggered by cart can need one")
    return problems


_Key = TypeVar("_Key", Trigger, Cancel)


def _quiet(own: _Quiet | str | None, common: _Quiet | str) -> Quiet | None:
    chosen = common if own is None else own
    return Quiet(chosen.start, chosen.end) if isinstance(chosen, _Quiet) else None


def _flow(name: str, flow: _Flow, common: _Settings) -> Flow:
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
        capped=flow.capped,
        exploration=common.exploration if flow.exploration is None else flow.exploration,
        hold_prior=flow.hold_prior,
        messages=tuple(MessageChoice(m.type, m.template, m.offers, m.prior) for m in flow.messages),
    )


def _programme(text: _Text) -> Programme:
    flows = {name: _flow(name, text.flows[name], text.settings) for name in sorted(text.flows)}
    meaning = dumps(text.model_dump(), sort_keys=True, default=sorted).encode()
    return Programme(
        version=blake2b(meaning, digest_size=4).hexdigest(),
        time_zone=text.settings.time_zone,
        purpose=text.settings.purpose,
        caps=Caps(text.settings.caps.day, text.settings.caps.week),
        recently_bought_ms=text.settings.recently_bought,
        offers={name: Offer(name, o.discount_percent) for name, o in sorted(text.offers.items())},
        flows=flows,
        started_by={
            trigger: tuple(flow for flow in flows.values() if flow.trigger is trigger)
            for trigger in Trigger
        },
        ended_by={
            event: tuple(flow for flow in flows.values() if event in flow.cancel)
            for event in Cancel
        },
    )
