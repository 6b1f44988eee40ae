"""How far ahead: windows after a moment in which orders are counted, and what time does to rates.

What is seen of a person at a moment tells of the next week much, of the week in a year little. So
rates are learned window by window after the moment, each once it has closed, and two kinds of
inputs say how far ahead a window lies:

- `levelling`: what is over soon. People order less often in their first months than on their first
  day, and then hardly less; the same holds for the time since the last order. Beyond what has been
  seen these hardly move, so that rates are held there rather than any trend drawn out.
- `fading`: what never ends. Of people without an order for long, more and more will never order:
  the rate of *first* orders goes on falling with the logarithm of time, as it does for a mixture of
  people who differ in how often they order (D. C. Schmittlein, D. G. Morrison, R. Colombo,
  "Counting your customers", Management Science 33, 1987).
"""

from itertools import pairwise
from math import log1p

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

EDGES_DAYS = (0.0, 7.0, 14.0, 28.0, 56.0, 112.0, 224.0, 448.0)
"""Where windows after a moment begin and end; each about as long as all before it."""

LEVELLING = ("age_levels", "idle_levels")
FADING = ("ahead", "idle_ahead")
"""Names of the inputs, by position."""

_DAYS = 28.0


def windows(days: float) -> list[tuple[float, float]]:
    """The windows up to some days ahead, the last one cut, or lengthened, to end there."""
    starts = [edge for edge in EDGES_DAYS[:-1] if edge < days]
    return list(zip(starts, [*starts[1:], days], strict=True))


def columns(age: Numbers, idle: Numbers, start: float, end: float) -> tuple[Numbers, Numbers]:
    """What a window lies ahead means for people, a row each: means over the window.

    Args:
        age: Days since the first order at the moment; `idle` since the last one.
        start: Where the window begins, days after the moment; `end` where it ends, above that.

    Returns:
        What `LEVELLING` and what `FADING` names, one column each; both 0 at the moment itself.
    """
    length = end - start
    levelling = [
        _DAYS / (since + _DAYS)
        - _DAYS / length * np.log((since + end + _DAYS) / (since + start + _DAYS))
        for since in (age, idle)
    ]
    logs = (_area(np.array([end])) - _area(np.array([start]))) / length
    beside = (_area(idle + end) - _area(idle + start)) / length - np.log1p(idle / _DAYS)
    fading = [np.full(len(idle), logs[0]), beside]
    return np.stack(levelling, axis=1), np.stack(fading, axis=1)


def _area(days: Numbers) -> Numbers:
    """The integral of log(1 + days / 28) from 0."""
    return (days + _DAYS) * np.log1p(days / _DAYS) - days


def of_one(age: float, idle: float) -> list[tuple[float, float, float, float]]:
    """What each of the windows means for one person, as `columns`: levelling, then fading.

    Without arrays, which cost several times as much for a single person.
    """
    ages = [log1p((age + edge) / _DAYS) for edge in EDGES_DAYS]
    # Of who never ordered, as most, they are the same.
    idles = ages if idle == age else [log1p((idle + edge) / _DAYS) for edge in EDGES_DAYS]
    areas = [
        (idle + e + _DAYS) * logs - idle - e for e, logs in zip(EDGES_DAYS, idles, strict=True)
    ]
    young, fresh, found = _DAYS / (age + _DAYS), _DAYS / (idle + _DAYS), []
    for at, (length, ahead) in enumerate(_LENGTHS):
        share = _DAYS / length
        found.append(
            (
                young - share * (ages[at + 1] - ages[at]),
                fresh - share * (idles[at + 1] - idles[at]),
                ahead,
                (areas[at + 1] - areas[at]) / length - idles[0],
            )
        )
    return found


_AREAS = _area(np.array(EDGES_DAYS)).tolist()
_LENGTHS = [
    (end - start, (high - low) / (end - start))
    for (start, end), (low, high) in zip(pairwise(EDGES_DAYS), pairwise(_AREAS), strict=True)
]
"""Of each window, its days, and the mean of log(1 + days ahead / 28) over it."""
