"""The segments of a programme, ready to be asked who is in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from models.audience.verdict import Ask, Test
from models.person.profile import Profile

DECISION: Final = "decision"
"""What is watched as if it were a record: something was decided for the person."""

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
        all: Any change by a record.
        timed: Any change by time, or by what is decided.
    """

    fingerprint: int = 0
    tests: Named = field(default=(), compare=False)
    watching: Mapping[str, Watch] = field(default_factory=dict, compare=False)

    all: Watch = field(default=Watch((), {}), compare=False)
    timed: Watch = field(default=Watch((), {}), compare=False)

    def members(self, profile: Profile, now_ms: int, ask: Ask) -> list[str]:
        """The names of the segments a person is in at an instant, in order: a pure function.

        Args:
            profile: The person.
            now_ms: The instant, epoch milliseconds.
            ask: Works out what they are likely to do next, where a segment asks that.
        """
        return [name for name, test in self.tests if test(profile, now_ms, ask) > 0]
