"""Kinds of facts that ask what a person is likely to do next.

Each works that out anew, or has the answer of who asked before; see `models.audience.parts.Part` on
when they are looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.audience import limits
from models.audience.kinds import names_of
from models.audience.limits import SHARES, Scale, Told
from models.audience.parts import By, Part, either
from models.audience.verdict import FOREVER, Ask
from models.intent.intent import Intent
from models.person.profile import Profile


@dataclass(frozen=True, slots=True)
class Likely:
    """A number of what the person is likely to do next."""

    read: Callable[[Intent], float]
    scale: Scale = SHARES

    def part(self, spec: Any, by: By, place: str, tell: Told) -> Part:
        """Hold it against bounds."""
        found = limits.read(spec, self.scale, place, tell)
        read, low, high = self.read, found.low, found.high

        def check(_profile: Profile, _now_ms: int, ask: Ask) -> int:
            return FOREVER if low <= read(ask()) < high else -FOREVER

        return either(check, by)._replace(asks=True)


@dataclass(frozen=True, slots=True)
class LikelyText:
    """A name of what the person is likely to turn to next; empty for none."""

    read: Callable[[Intent], str]

    def part(self, spec: Any, by: By, place: str, tell: Told) -> Part:
        """Is it this name, or one of these?"""
        read, wanted = self.read, names_of(spec, place, tell)

        def check(_profile: Profile, _now_ms: int, ask: Ask) -> int:
            return FOREVER if read(ask()) in wanted else -FOREVER

        return either(check, by)._replace(asks=True)
