from bisect import bisect_right

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from senders.guardrails.bounds import lower_bound

CONFIDENCES = st.sampled_from([0.5, 0.8, 0.95, 0.99, 0.999])


@given(of=st.integers(1, 2_000_000), share=st.floats(0, 1), confidence=CONFIDENCES)
def test_it_is_the_bound_of_clopper_and_pearson(of: int, share: float, confidence: float) -> None:
    events = max(1, round(of * share))
    expected = float(beta.ppf(1 - confidence, events, of - events + 1))
    assert lower_bound(events, of, confidence) == pytest.approx(expected, rel=1e-6)


@given(of=st.integers(1, 5_000), rate=st.sampled_from([0.001, 0.003, 0.05]))
def test_a_rate_that_is_not_above_a_limit_is_seldom_said_to_be(of: int, rate: float) -> None:
    """Whatever the number of mails, at the limit itself at most 1 in 20 looks says it is passed."""
    least = bisect_right(range(of + 1), rate, key=lambda events: lower_bound(events, of, 0.95))
    if least <= of:
        assert float(binom.sf(least - 1, of, rate)) <= 0.05 + 1e-9


@given(of=st.integers(1, 10_000), events=st.integers(0, 10_000), confidence=CONFIDENCES)
def test_it_lies_between_nothing_and_the_rate(of: int, events: int, confidence: float) -> None:
    bound = lower_bound(events, of, confidence)
    assert 0 <= bound <= min(1.0, events / of)
    assert lower_bound(events + 1, of + 1, confidence) >= bound


def test_without_events_or_mails_nothing_is_sure() -> None:
    assert lower_bound(0, 1_000, 0.95) == 0
    assert lower_bound(3, 0, 0.95) == 0
