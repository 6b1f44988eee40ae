from hypothesis import given
from hypothesis import strategies as st

from senders.handover.backoff import Backoff


@given(st.integers(1, 10_000), st.text(max_size=40))
def test_waits_stay_within_half_their_bound_and_their_bound(attempt: int, seed: str) -> None:
    backoff = Backoff(1.0, 2.0, 900.0)
    bound = min(900.0, 2.0 ** min(attempt - 1, 64))
    assert bound / 2 <= backoff.seconds(attempt, seed) <= bound


def test_the_same_waiter_waits_the_same_and_others_otherwise() -> None:
    backoff = Backoff()
    assert backoff.seconds(3, "d1") == backoff.seconds(3, "d1")
    assert len({backoff.seconds(3, f"d{number}") for number in range(50)}) == 50
