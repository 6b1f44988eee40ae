"""The programme's text read as far as it is as it should be.

What must fit together is checked on this, whatever is wrong beside it; see
`models.programme.checks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    OnErrorOmit,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from models.programme.durations import duration_ms
from models.programme.fields import Flag, Minute, Name, Number
from models.programme.flow_events import Cancel, Trigger
from models.programme.flow_parts import Content
from models.programme.streams import Kind
from models.slots.needs import Show


def _else(*, default: Any) -> WrapValidator:
    """Take a default for what is not as it should be; the strict reading tells of it."""

    def check(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError:
            return default

    return WrapValidator(check)


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Quiet(_Loose):
    start: Annotated[Minute | None, _else(default=None)] = Field(default=None, alias="from")
    end: Annotated[Minute | None, _else(default=None)] = Field(default=None, alias="to")


class _Caps(_Loose):
    day: Annotated[int | None, Number, _else(default=None)] = None
    week: Annotated[int | None, Number, _else(default=None)] = None


class _Settings(_Loose):
    quiet_hours: Annotated[_Quiet, _else(default=_Quiet())] = _Quiet()
    caps: Annotated[_Caps, _else(default=_Caps())] = _Caps()


class LooseMessage(_Loose):
    """A message, whatever of it can be read."""

    type: Annotated[Name | None, _else(default=None)] = None
    offers: Annotated[tuple[OnErrorOmit[Name], ...], _else(default=())] = ("none",)
    template: Annotated[Name | None, _else(default=None)] = None
    slots: Annotated[dict[str, Any], _else(default={})] = {}
    only: Annotated[tuple[OnErrorOmit[Name], ...], _else(default=())] = ()
    but: Annotated[tuple[OnErrorOmit[Name], ...], _else(default=())] = Field((), alias="except")
    shows: Annotated[tuple[OnErrorOmit[Show], ...] | None, _else(default=None)] = None


_AnyMessage = Annotated[LooseMessage, _else(default=LooseMessage())]


class _Offer(_Loose):
    codes: Annotated[bool | None, Flag, _else(default=None)] = False
    valid_for: Any = None
    codes_per_week: Any = None
    codes_total: Any = None
    ends: Any = None


class _Goal(_Loose):
    milestone: Annotated[Name | None, _else(default=None)] = None


class LooseFlow(_Loose):
    """A flow or a campaign, whatever of it can be read."""

    goal: Annotated[Name | None, _else(default=None)] = None
    milestone: Annotated[Name | None, _else(default=None)] = None
    until: Annotated[Name | None, _else(default=None)] = None
    segment: Annotated[Name | None, _else(default=None)] = None
    only: Annotated[tuple[OnErrorOmit[Name], ...], _else(default=())] = ()
    but: Annotated[tuple[OnErrorOmit[Name], ...], _else(default=())] = Field((), alias="except")
    kind: Annotated[Kind | None, _else(default=None)] = Kind.MARKETING
    stream: Annotated[Name | None, _else(default=None)] = None
    topic: Annotated[Name | None, _else(default=None)] = None
    resend_unknown: Annotated[bool | None, Flag, _else(default=None)] = False
    again_after: Annotated[int | None, BeforeValidator(duration_ms), _else(default=None)] = None
    wait: Any = None
    capped: Any = None
    exploration: Any = None
    unasked: Any = None
    trigger: Annotated[Trigger | None, _else(default=None)] = None
    cancel: Annotated[frozenset[OnErrorOmit[Cancel]], _else(default=frozenset())] = frozenset()
    after: Annotated[Name | None, _else(default=None)] = None
    content: Annotated[Content | None, _else(default=None)] = Content.NONE
    needs_cart: Annotated[bool, _else(default=False)] = False
    quiet_hours: Annotated[_Quiet, _else(default=_Quiet())] = _Quiet()
    messages: Annotated[list[_AnyMessage], _else(default=[])] = []


_NO_FLOW = LooseFlow.model_validate({})


@dataclass(frozen=True, slots=True)
class Parts:
    """What of the text can be checked; None for a section of names that is no mapping."""

    settings: _Settings
    offers: Mapping[str, _Offer] | None
    goals: Mapping[str, _Goal] | None
    segments: frozenset[str] | None
    topics: frozenset[str] | None
    flows: Mapping[str, LooseFlow]
    campaigns: Mapping[str, LooseFlow]

    @property
    def places(self) -> dict[str, LooseFlow]:
        """All that mails, by where it stands."""
        of_flows = {f"flows.{name}": flow for name, flow in self.flows.items()}
        return of_flows | {f"campaigns.{name}": c for name, c in self.campaigns.items()}


def parts_of(plain: dict[Any, Any]) -> Parts:
    """Read what can be read of the text; the rest counts as not given."""
    settings, offers = plain.get("settings"), plain.get("offers", {})
    flows, goals = plain.get("flows"), plain.get("goals", {})
    segments, topics = plain.get("segments", {}), plain.get("topics", {})
    return Parts(
        _Settings.model_validate(settings) if isinstance(settings, dict) else _Settings(),
        {
            str(name): _Offer.model_validate(offer) if isinstance(offer, dict) else _Offer()
            for name, offer in offers.items()
        }
        if isinstance(offers, dict)
        else None,
        {
            str(name): _Goal.model_validate(goal) if isinstance(goal, dict) else _Goal()
            for name, goal in goals.items()
        }
        if isinstance(goals, dict)
        else None,
        frozenset(map(str, segments)) if isinstance(segments, dict) else None,
        frozenset(map(str, topics)) if isinstance(topics, dict) else None,
        _flows(flows),
        _flows(plain.get("campaigns")),
    )


def _flows(flows: Any) -> dict[str, LooseFlow]:
    return {
        str(name): LooseFlow.model_validate(flow) if isinstance(flow, dict) else _NO_FLOW
        for name, flow in (flows.items() if isinstance(flows, dict) else ())
    }
