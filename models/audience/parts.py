"""Parts of conditions: what tells whether one holds, and which records may change that.

Most records are looks at products, and most of what they do can't change who is in what: someone
active stays so. So each part knows by which records it may begin to hold, now or sooner, and by
which it may cease to. A part that is known to hold needs no look where it can't cease, and the
other way round.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from models.audience.verdict import FOREVER, Ask, Test, negated
from models.person.profile import Profile

Records = frozenset[str]
"""Names of records; a `decision` is one too."""


class By(NamedTuple):
    """The records that may raise an amount, and those that may lower it."""

    raised: Records
    lowered: Records = frozenset()


class Part(NamedTuple):
    """A part of a condition.

    Attributes:
        enters_by: Records by which it may begin to hold.
        leaves_by: Records by which it may cease to.
        tests: How many tests it has.
        asks: Whether it asks what the person is likely to do next, which any record changes a
            little and which takes long: it is looked at when something is decided.
    """

    test: Test
    enters_by: Records
    leaves_by: Records
    tests: int = 1
    asks: bool = False


def _always(_: Profile, _now_ms: int, _ask: Ask) -> int:
    return FOREVER


ALWAYS = Part(_always, frozenset(), frozenset())
"""What everybody passes."""
NOTHING = Part(_always, frozenset(), frozenset(), 0)
"""What couldn't be read; it is told of."""


def rising(test: Test, by: By) -> Part:
    """A test that holds from some amount on."""
    return Part(test, by.raised, by.lowered)


def falling(test: Test, by: By) -> Part:
    """A test that holds up to some amount."""
    return Part(test, by.lowered, by.raised)


def either(test: Test, by: By) -> Part:
    """A test that any change may change."""
    return Part(test, by.raised | by.lowered, by.raised | by.lowered)


def settled(holds: Callable[[Profile], bool]) -> Test:
    """A test that only records change."""
    return lambda profile, _now_ms, _ask: FOREVER if holds(profile) else -FOREVER


def turned(part: Part) -> Part:
    """Holds where the part doesn't."""
    return Part(negated(part.test), part.leaves_by, part.enters_by, part.tests, part.asks)


def joined(parts: Iterable[Part], join: Callable[[Sequence[Test]], Test]) -> Part:
    """Several parts as one, by `all_of` or `any_of`."""
    found = [part for part in parts if part.tests]
    if not found:
        return NOTHING
    return Part(
        join([part.test for part in found]),
        frozenset().union(*(part.enters_by for part in found)),
        frozenset().union(*(part.leaves_by for part in found)),
        sum(part.tests for part in found),
        any(part.asks for part in found),
    )
