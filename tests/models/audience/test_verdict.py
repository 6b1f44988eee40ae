from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from models.audience.verdict import FOREVER, Test, all_of, any_of, negated
from models.intent.asked import Asked
from models.intent.model import IntentModel
from models.person.profile import Profile

PROFILE = Profile()
ASK = Asked(PROFILE, 0, IntentModel(), None).intent


def _from(instant_ms: int) -> Test:
    """Holds from an instant on."""
    return lambda _, now_ms, _ask: -instant_ms if now_ms < instant_ms else FOREVER


TESTS: st.SearchStrategy[Test] = st.recursive(
    st.integers(1, 20).map(_from),
    lambda parts: st.one_of(
        parts.map(negated),
        st.lists(parts, min_size=1, max_size=3).map(all_of),
        st.lists(parts, min_size=1, max_size=3).map(any_of),
    ),
    max_leaves=8,
)


def _holds(test: Test, now_ms: int) -> bool:
    return test(PROFILE, now_ms, ASK) > 0


@given(TESTS, st.integers(0, 20), st.integers(0, 20))
def test_nothing_changes_before_the_time_that_a_verdict_gives(
    test: Test, now_ms: int, later_ms: int
) -> None:
    until = abs(test(PROFILE, now_ms, ASK))
    assert until > now_ms
    if now_ms <= later_ms < until:
        assert _holds(test, later_ms) == _holds(test, now_ms)


@given(st.lists(TESTS, min_size=1, max_size=4), st.integers(0, 20))
def test_all_any_and_not_are_what_they_say(tests: list[Test], now_ms: int) -> None:
    held = [_holds(test, now_ms) for test in tests]
    joined: list[tuple[Callable[[list[Test]], Test], bool]] = [
        (all_of, all(held)),
        (any_of, any(held)),
    ]
    for join, expected in joined:
        assert _holds(join(tests), now_ms) is expected
        assert _holds(negated(join(tests)), now_ms) is not expected
