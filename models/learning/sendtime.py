"""When a person reads: which of a few times suits them, learned from sends and clicks.

A time's worth is a rate relative to what would be expected: everybody's by time, then this person's
own by time on top of everybody's. Both are held towards "no difference" by a Gamma prior, so a
person of whom little is known is written to when everybody reads, and a time tried twice proves
nothing. Counts are all that is kept.

Source: W. DuMouchel, "Bayesian data mining in large frequency tables", The American Statistician
53(3), 1999 (the Gamma-Poisson shrinker).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[Any]
"""Numbers by time; the last axis is the times, axes before it are separate runs."""

POPULATION_PRIOR_CLICKS = 10.0
"""Clicks that must be expected at a time before everybody's own rate outweighs "no difference"."""
PERSON_PRIOR_CLICKS = 2.0
"""The same for one person, on top of everybody's."""
_RESPONSE_PRIOR_CLICKS = 2.0


def population_rates(sent: Counts, clicked: Counts) -> NDArray[np.float64]:
    """Clicks per mail to expect of anyone at each time.

    Args:
        sent: Mails by time.
        clicked: Of those, how many were clicked.

    Returns:
        Rates of 0 or more, of the same shape; all alike while nothing is known.
    """
    mails = sent.sum(-1, keepdims=True)
    overall = (clicked.sum(-1, keepdims=True) + 0.5) / (mails + 50.0)
    prior = POPULATION_PRIOR_CLICKS
    rates: NDArray[np.float64] = overall * (prior + clicked) / (prior + sent * overall)
    return rates


def person_rates(
    population: NDArray[np.float64], sent: Counts, clicked: Counts
) -> NDArray[np.float64]:
    """Clicks per mail to expect of one person at each time.

    Args:
        population: What `population_rates` says.
        sent: Mails to this person by time.
        clicked: Of those, how many were clicked.

    Returns:
        Rates of 0 or more, of the same shape: everybody's, where nothing is known of the person.
    """
    expected = sent * population
    # A person who clicks much does so at any time: without this, every time that was ever tried
    # with them would look better than those that weren't.
    prior = _RESPONSE_PRIOR_CLICKS
    response = (prior + clicked.sum(-1, keepdims=True)) / (prior + expected.sum(-1, keepdims=True))
    own = PERSON_PRIOR_CLICKS
    rates: NDArray[np.float64] = (
        population * response * (own + clicked) / (own + expected * response)
    )
    return rates
