"""What a test says of a person: whether it holds, and until when that can't change by itself.

One number says both. A positive verdict holds, a negative one doesn't, and its size is the epoch
milliseconds until which no time that passes can change it; only an event can. Holding a test at an
instant and knowing when to look again so cost the same.
"""

from collections.abc import Callable, Sequence

from models.intent.intent import Intent
from models.person.profile import Profile

Ask = Callable[[], Intent]
"""Works out what the person is likely to do next, then."""

Test = Callable[[Profile, int, Ask], int]
"""Gives the verdict on a profile at an instant, epoch milliseconds, by what it is given: pure."""

FOREVER = 1 << 62
"""No passing of time changes it."""


def negated(test: Test) -> Test:
    """Holds where the test doesn't."""
    return lambda profile, now_ms, ask: -test(profile, now_ms, ask)


def all_of(tests: Sequence[Test]) -> Test:
    """Holds where every one of the tests does; the first that doesn't keeps it from holding."""
    if len(tests) == 1:
        return tests[0]

    def check(profile: Profile, now_ms: int, ask: Ask) -> int:
        until = FOREVER
        for test in tests:
            verdict = test(profile, now_ms, ask)
            if verdict < 0:
                return verdict
            if verdict < until:  # noqa: PLR1730 - min() costs several times as much
                until = verdict
        return until

    return check


def any_of(tests: Sequence[Test]) -> Test:
    """Holds where one of the tests does; the first that does keeps it holding."""
    if len(tests) == 1:
        return tests[0]

    def check(profile: Profile, now_ms: int, ask: Ask) -> int:
        until = FOREVER
        for test in tests:
            verdict = test(profile, now_ms, ask)
            if verdict > 0:
                return verdict
            until = min(until, -verdict)
        return -until

    return check
