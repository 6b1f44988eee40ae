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

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

EDGES_DAYS = (0.0, 7.0, 14.0, 28.0, 56.0, 112.0, 224.0, 448.0)
"""Where windows after a moment begin and end; each about as long as all before it."""

LEVELLING = ("age_levels", "idle_levels")
FADING = ("ahead", "idle_ahead")
"""Names of the inputs, by position."""

_DAYS = 28.0
_POINTS = (np.arange(4) + 0.5) / 4.0
"""Where in a window it is looked at, from 0 to 1."""
_STARTS, _LENGTHS = np.array(EDGES_DAYS[:-1]), np.diff(EDGES_DAYS)
_ALL_POINTS = _STARTS[:, None] + _LENGTHS[:, None] * _POINTS


def windows(days: float) -> list[tuple[float, float]]:
    """The windows up to some days ahead, the last one cut, or lengthened, to end there."""
    starts = [edge for edge in EDGES_DAYS[:-1] if edge < days]
    return list(zip(starts, [*starts[1:], days], strict=True))


def columns(age: Numbers, idle: Numbers, start: float, end: float) -> tuple[Numbers, Numbers]:
    """What a window lies ahead means for people, a row each.

    Args:
        age: Days since the first order at the moment; `idle` since the last one.
        start: Where the window begins, days after the moment; `end` where it ends, above that.

    Returns:
        What `LEVELLING` and what `FADING` names, one column each; both 0 at the moment itself.
    """
    ahead = start + (end - start) * _POINTS
    return _columns(age[:, None], idle[:, None], np.broadcast_to(ahead, (len(age), len(_POINTS))))


def all_columns(age: float, idle: float) -> tuple[Numbers, Numbers]:
    """What each of the windows means for one person, a row each; as `columns`."""
    return _columns(np.array([[age]]), np.array([[idle]]), _ALL_POINTS)


def _columns(age: Numbers, idle: Numbers, ahead: Numbers) -> tuple[Numbers, Numbers]:
    levelling = [
        (_levelled(since + ahead) - _levelled(since)).mean(axis=1) for since in (age, idle)
    ]
    beside = np.log1p((idle + ahead) / _DAYS) - np.log1p(idle / _DAYS)
    fading = [np.log1p(ahead / _DAYS).mean(axis=1), beside.mean(axis=1)]
    return np.stack(levelling, axis=1), np.stack(fading, axis=1)


def _levelled(days: Numbers) -> Numbers:
    return days / (days + _DAYS)
