"""The segments of a programme, ready to be asked who is in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.audience.verdict import Test
from models.profile import Profile

Named = tuple[tuple[str, Test], ...]
"""Segments by name, each with what tells whether somebody is in it."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a record may change.

    Attributes:
        entering: Segments that may be entered by it.
        leaving: Those that may be left by it.
    """

    entering: Named
    leaving: Mapping[str, Test]


@dataclass(frozen=True, slots=True)
class Segments:
    """All segments.

    Attributes:
        fingerprint: Stands for what they mean: other definitions, another number; 0 for none.
        tests: By name, in order of name.
        watching: By record, what it may change.
        all: Any change.
    """

    fingerprint: int = 0
    tests: Named = field(default=(), compare=False)
    watching: Mapping[str, Watch] = field(default_factory=dict, compare=False)

    all: Watch = field(default=Watch((), {}), compare=False)

    def members(self, profile: Profile, now_ms: int) -> list[str]:
        """The names of the segments a person is in at an instant, in order: a pure function."""
        return [name for name, test in self.tests if test(profile, now_ms) > 0]
