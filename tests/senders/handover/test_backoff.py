import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.handover.backoff import Backoff, Backoffs
from senders.smtp.replies import Cause


@given(st.integers(1, 10_000), st.text(max_size=40))
def test_waits_stay_within_half_their_bound_and_their_bound(attempt: int, seed: str) -> None:
    backoff = Backoff(1.0, 2.0, 900.0)
    bound = min(900.0, 2.0 ** min(attempt - 1, 64))
    assert bound / 2 <= backoff.seconds(attempt, seed) <= bound


def test_the_same_waiter_waits_the_same_and_others_otherwise() -> None:
    backoff = Backoff()
    assert backoff.seconds(3, "d1") == backoff.seconds(3, "d1")
    assert len({backoff.seconds(3, f"d{number}") for number in range(50)}) == 50


MINUTE, HOUR = 60.0, 3_600.0


@pytest.mark.parametrize(
    ("cause", "least", "most", "longest"),
    [
        (Cause.OTHER, 0.5, 1.0, 900.0),
        (Cause.RATE, MINUTE, 2 * MINUTE, HOUR),
        (Cause.CONNECTIONS, MINUTE, 2 * MINUTE, HOUR),
        # postgrey wants 5 minutes by default, others up to 15.
        (Cause.GREYLIST, 5 * MINUTE, 10 * MINUTE, HOUR),
        (Cause.MAILBOX, 15 * MINUTE, 30 * MINUTE, 4 * HOUR),
    ],
)
def test_each_cause_has_its_own_patience(
    cause: Cause, least: float, most: float, longest: float
) -> None:
    backoffs = Backoffs()
    for number in range(20):
        assert least <= backoffs.seconds(cause, 1, f"d{number}") <= most
        assert longest / 2 <= backoffs.seconds(cause, 100, f"d{number}") <= longest


def test_greylisting_is_over_within_three_hours() -> None:
    waits = [Backoffs().seconds(Cause.GREYLIST, attempt, "d1") for attempt in range(1, 6)]
    # Exim's common recipe forgets after 4 hours, others after a day.
    assert sum(waits[:4]) < 3 * HOUR
    assert waits == sorted(waits) or max(waits) <= HOUR


def test_who_says_how_long_is_heeded_and_asked_later_each_time() -> None:
    backoffs = Backoffs()
    assert backoffs.seconds(Cause.GREYLIST, 1, "d1", asked=60.0) == pytest.approx(66.0)
    again = backoffs.seconds(Cause.GREYLIST, 2, "d1", asked=60.0)
    assert again == backoffs.seconds(Cause.GREYLIST, 2, "d1")


@given(
    cause=st.sampled_from(Cause),
    attempt=st.integers(1, 30),
    asked=st.floats(0, HOUR),
    left=st.floats(0, 48 * HOUR),
)
def test_what_expires_first_is_tried_a_last_time_or_ends_then(
    cause: Cause, attempt: int, asked: float, left: float
) -> None:
    backoffs = Backoffs()
    free = backoffs.seconds(cause, attempt, "d1", asked=asked)
    wait = backoffs.seconds(cause, attempt, "d1", asked=asked, left=left)
    assert 0 < wait <= free
    if left > 2 * MINUTE:
        # It comes back while it may still be sent.
        assert wait <= left - MINUTE
    else:
        assert wait <= left + 1.0
