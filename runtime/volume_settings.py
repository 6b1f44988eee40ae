"""Settings of the daily volume: warm-ups, caps of streams, and how fast a domain may grow."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from runtime.setting_groups import Group

Mails = Annotated[int, Field(ge=1, le=1_000_000_000)]
Stream = Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9._-]{1,64})$")]


class Warmup(BaseModel):
    """How a stream's daily volume may grow from nothing.

    Attributes:
        start: The first day, UTC. Another date begins the warm-up anew.
        first_day: Mails that may leave on it.
        growth: By how much more on each day that follows one on which they did.
        until: Mails a day at which the warm-up is over.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: date
    first_day: Mails = 50
    growth: Annotated[float, Field(gt=1, le=2)] = 1.5
    until: Mails = 50_000

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if self.until < self.first_day:
            raise ValueError(f"until = {self.until} is below first_day = {self.first_day}")
        return self


class VolumeSettings(Group):
    """How much mail may leave in a day (UTC).

    In the file a warm-up is a table, `[volume.warmup.marketing]` with `start = 2026-05-01`; in the
    variable all of them are one JSON object. Transactional mail is counted and never held back.
    """

    warmup: Mapping[Stream, Warmup] = {}
    """Streams that are being warmed up, each with `start`, `first_day` (50), `growth` (1.5, at most
    2) and `until` (50000); `*` warms up all streams of the sender's domain together."""
    caps: Mapping[Stream, Mails] = {}
    """Most mails a day of single streams, such as `win_back`; `*`: of all together."""
    week_factor: Annotated[float, Field(gt=1, le=100)] = 1.5
    """A domain that isn't warming up sends in a day at most this times the mean of its last seven
    days …"""
    floor: Mails = 5_000
    """… or so many, where that is more, so that a small or new sender isn't held up. Gmail and
    Yahoo count who sends them 5,000 a day among bulk senders."""
