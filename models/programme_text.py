"""The programme's text as it may be written: which keys there are and what each may hold."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from models import bounds
from models.flows import Cancel, Content, Trigger
from models.programme_fields import (
    HOUR_MS,
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
    SlotName,
    Version,
    Wait,
    Window,
    Worth,
    Zone,
)
from models.slots.slots_text import ShowsText, SlotText

Units = Annotated[int, Number, Field(ge=1, le=1_000)]
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


class SettingsText(Part):
    """What holds for all flows."""

    time_zone: Zone = "UTC"
    purpose: Literal["marketing"] = "marketing"
    quiet_hours: QuietText | Literal["none"] = "none"
    caps: CapsText = CapsText(day=1, week=3)
    recently_bought: Delay = 30 * 24 * HOUR_MS
    exploration: Exploration = 0.05
    discounts_per_week: Budget | None = None
    low_stock: Units = 5
    ends_soon: Window = 3 * 24 * HOUR_MS


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


class FlowText(Part):
    """A flow, as `models.flows.Flow` means it."""

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
    quiet_hours: QuietText | Literal["none"] | None = None
    capped: bool = True
    wait: Wait = 0
    exploration: Exploration | None = None
    unasked: Chance = 0.01
    messages: list[MessageText] = Field(min_length=1, max_length=8)


class ProgrammeText(Part):
    """The whole text."""

    version: Version
    settings: SettingsText = SettingsText()
    offers: dict[Name, OfferText] = {}
    goals: dict[Name, GoalText] = Field(default={}, max_length=bounds.FLOWS)
    flows: dict[Name, FlowText] = Field(min_length=1, max_length=bounds.FLOWS)
