"""The programme's text as it may be written: which keys there are and what each may hold."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from models import bounds
from models.programme.fields import (
    HOUR_MS,
    AttributeName,
    AttributeType,
    Budget,
    Chance,
    Codes,
    Delay,
    End,
    Exploration,
    Flag,
    Minute,
    Name,
    Number,
    Percent,
    Plain,
    Share,
    SlotName,
    Version,
    Wait,
    When,
    Window,
    Worth,
    Zone,
)
from models.programme.flow_events import Cancel, Trigger
from models.programme.flow_parts import Content
from models.programme.streams import Kind
from models.recommend.preferences_text import RecommendationsText
from models.slots.slots_text import ShowsText, SlotText

Units = Annotated[int, Number, Field(ge=1, le=1_000)]
Several = Annotated[tuple[Name, ...], Field(min_length=1, max_length=bounds.SEGMENTS)]
"""Names of segments."""
Cap = Annotated[int, Number, Field(ge=1, le=bounds.MESSAGES - 2)]


class Part(BaseModel):
    """A part of the text; what it doesn't know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class QuietText(Part):
    """A daily span without mail."""

    start: Minute = Field(alias="from")
    end: Minute = Field(alias="to")


class CapsText(Part):
    """Most mails a day and a week."""

    day: Cap
    week: Cap


class UnengagedText(Part):
    """From when on somebody is mailed no more but to be won back."""

    mails: Annotated[int, Number, Field(ge=5, le=1_000)]
    length: Window = Field(alias="for")


class PromiseText(Part):
    """What an opt-in is told that it agrees to."""

    content: Plain | None = None
    frequency: Plain | None = None


class TopicText(Part):
    """What people may turn off in the preference centre."""

    title: Plain
    description: Plain


class SettingsText(Part):
    """What holds for all flows."""

    time_zone: Zone = "UTC"
    purpose: Literal["marketing"] = "marketing"
    opt_in: Literal["single", "confirmed"] = "single"
    quiet_hours: QuietText | Literal["none"] = "none"
    caps: CapsText = CapsText(day=1, week=3)
    recently_bought: Delay = 30 * 24 * HOUR_MS
    exploration: Exploration = 0.05
    discounts_per_week: Budget | None = None
    price_drop_percent: Percent = 5.0
    replenish_at: Share = 0.9
    low_stock: Units = 5
    ends_soon: Window = 3 * 24 * HOUR_MS
    promise: PromiseText = PromiseText()
    unengaged: UnengagedText | None = None


class AtMostText(Part):
    """Most mails of one flow in a length of time."""

    times: Annotated[int, Number, Field(ge=1, le=bounds.FLOW_MAILS)]
    within: Window


class OfferText(Part):
    """What an offer takes off, until when, and whether by codes."""

    discount_percent: Percent
    ends: End | None = None
    codes: Flag = False
    valid_for: Delay = 0
    codes_per_week: Codes | None = None
    codes_total: Codes | None = None


class GoalText(Part):
    """A goal that a milestone reaches."""

    milestone: Name
    worth: Worth


class MessageText(Part):
    """A message that a flow may send."""

    type: Name
    template: Name
    offers: tuple[Name, ...] = Field(default=("none",), min_length=1, max_length=8)
    clicks: Chance = 0.025
    orders: Chance = 0.02
    leaves: Chance = 0.002
    slots: dict[SlotName, SlotText] = Field(default={}, max_length=3)
    shows: ShowsText | None = None
    only: Several | None = None
    but: Several | None = Field(default=None, alias="except")


class FlowText(Part):
    """A flow, as `models.programme.flows.Flow` means it."""

    goal: Name
    kind: Kind = Kind.MARKETING
    stream: Name | None = None
    topic: Name | None = None
    resend_unknown: Flag = False
    trigger: Trigger
    milestone: Name | None = None
    until: Name | None = None
    segment: Name | None = None
    only: Several | None = None
    but: Several | None = Field(default=None, alias="except")
    delay: Delay
    window: Window
    expires: Window
    again_after: Delay
    cancel: frozenset[Cancel] = frozenset()
    after: Name | None = None
    content: Content = Content.NONE
    needs_cart: bool = False
    quiet_hours: QuietText | Literal["none"] | None = None
    capped: bool = True
    at_most: AtMostText | None = None
    wait: Wait = 0
    exploration: Exploration | None = None
    unasked: Chance = 0.01
    messages: list[MessageText] = Field(min_length=1, max_length=8)


class CampaignText(Part):
    """A one-off campaign, and how it mails."""

    audience: Literal["all"] | Annotated[list[Name], Field(min_length=1, max_length=8)]
    starts: When
    ends: When
    goal: Name
    stream: Name | None = None
    topic: Name | None = None
    expires: Window
    cancel: frozenset[Cancel] = frozenset({Cancel.OPT_OUT})
    content: Content = Content.NONE
    quiet_hours: QuietText | Literal["none"] | None = None
    capped: bool = True
    exploration: Exploration | None = None
    unasked: Chance = 0.01
    messages: list[MessageText] = Field(min_length=1, max_length=8)


class ProgrammeText(Part):
    """The whole text."""

    version: Version
    settings: SettingsText = SettingsText()
    recommendations: RecommendationsText = RecommendationsText()
    offers: dict[Name, OfferText] = {}
    goals: dict[Name, GoalText] = Field(default={}, max_length=bounds.FLOWS)
    attributes: dict[AttributeName, AttributeType] = Field(default={}, max_length=bounds.ATTRIBUTES)
    segments: dict[Name, Any] = Field(default={}, max_length=bounds.SEGMENTS)
    topics: dict[Name, TopicText] = Field(default={}, max_length=bounds.TOPICS)
    flows: dict[Name, FlowText] = Field(min_length=1, max_length=bounds.FLOWS)
    campaigns: dict[Name, CampaignText] = {}
