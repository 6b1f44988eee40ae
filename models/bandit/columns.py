"""Named values as the columns of a linear model, at most so many of them.

A number becomes its distance from its running mean in running deviations, and from its third value
on also that distance's square: what is best in the middle, or at both ends, is found too; half of
the columns are kept free of squares. A number that is always the same and sometimes missing says by
being there what a word would. A word becomes a column of its own. Columns come to be as values
appear; past the limits, and for more than a dozen words of one field, what comes later has none and
counts as typical.
"""

from collections.abc import Mapping
from math import isfinite, sqrt

import msgspec
import numpy as np
from numpy.typing import NDArray
from river import stats

from models.bandit.context import Value

WORDS = 12
"""Most words of one field that get columns."""
_REACH = 3.0
_TYPICAL = ""
"""The field of the column that is always 1."""
_CURVED_FROM = 3
_NUMBER, _SQUARE, _WORD = "#", "^", "="


class ColumnsState(msgspec.Struct, array_like=True):
    """Columns as stored.

    Attributes:
        columns: Field and kind of each, in order, without the one that is always 1.
        scales: By number field: how many were seen, their mean and variance.
        seen: By number field: its first few different values.
        rounds: Contexts learned from.
    """

    columns: list[tuple[str, str]]
    scales: dict[str, tuple[float, float, float]]
    seen: dict[str, list[float]]
    rounds: int


class Columns:
    """Which column stands for what, and the scale of the numbers.

    Args:
        limit: Most columns, the one that is always 1 included.

    Attributes:
        fields: Each column's field: columns of one field earn their place together.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.fields: list[str] = [_TYPICAL]
        self._place: dict[tuple[str, str], int] = {}
        self._words: dict[str, int] = {}
        self._scales: dict[str, stats.Var] = {}
        self._seen: dict[str, list[float]] = {}
        self._rounds = 0

    def __len__(self) -> int:
        return len(self.fields)

    def learn(self, values: Mapping[str, Value]) -> None:
        """Make columns for what is new, and move the scales of the numbers along."""
        self._rounds += 1
        for name in sorted(values):
            value = values[name]
            if isinstance(value, str):
                self._learn_word(name, _WORD + value)
            elif (name, _NUMBER) in self._place or self._add(name, _NUMBER):
                self._learn_number(name, value)

    def _learn_word(self, name: str, kind: str) -> None:
        known = self._words.get(name, 0)
        if (name, kind) not in self._place and known < WORDS and self._add(name, kind):
            self._words[name] = known + 1

    def _learn_number(self, name: str, value: float) -> None:
        scale = self._scales.get(name)
        if scale is None:
            scale = self._scales[name] = stats.Var(ddof=0)
            self._seen[name] = []
        scale.update(value)
        seen = self._seen[name]
        if len(seen) < _CURVED_FROM and value not in seen:
            seen.append(value)
            if len(seen) == _CURVED_FROM and len(self.fields) < self.limit // 2:
                self._add(name, _SQUARE)

    def _add(self, name: str, kind: str) -> bool:
        if len(self.fields) >= self.limit:
            return False
        self._place[name, kind] = len(self.fields)
        self.fields.append(name)
        return True

    def vector(self, values: Mapping[str, Value]) -> NDArray[np.float64]:
        """The values by column, each within ±4; the first is 1."""
        found = np.zeros(len(self.fields))
        found[0] = 1.0
        place = self._place
        for name, value in values.items():
            if isinstance(value, str):
                at = place.get((name, _WORD + value))
                if at is not None:
                    found[at] = 1.0
                continue
            scale = self._scales.get(name)
            if scale is None:
                continue
            if len(self._seen[name]) == 1:
                found[place[name, _NUMBER]] = float(scale.n < self._rounds)
                continue
            z = _standard(value, scale)
            found[place[name, _NUMBER]] = z
            at = place.get((name, _SQUARE))
            if at is not None:
                found[at] = (z * z - 1.0) / 2.0
        return found

    def scales(self) -> list[float]:
        """Every number that the scales are made of."""
        return [n for s in self._scales.values() for n in (s.n, s.mean.get(), s.get())]

    def state(self) -> ColumnsState:
        """All of it as plain values."""
        return ColumnsState(
            list(self._place),
            {n: (s.n, s.mean.get(), s.get()) for n, s in self._scales.items()},
            {name: list(seen) for name, seen in self._seen.items()},
            self._rounds,
        )

    @classmethod
    def of(cls, state: ColumnsState, limit: int) -> "Columns":
        """Those whose `state` it is."""
        new = cls(limit)
        for name, kind in state.columns:
            new._add(name, kind)
            if kind.startswith(_WORD):
                new._words[name] = new._words.get(name, 0) + 1
        for name, (count, mean, variance) in state.scales.items():
            new._scales[name] = stats.Var._from_state(count, mean, variance, ddof=0)  # noqa: SLF001
        new._seen = {name: list(seen) for name, seen in state.seen.items()}
        new._rounds = state.rounds
        return new


def _standard(value: float, scale: stats.Var) -> float:
    mean, deviation = float(scale.mean.get()), sqrt(max(float(scale.get()), 0.0))
    if deviation <= 1e-9 * abs(mean) or not isfinite(deviation):
        return 0.0
    return min(max((value - mean) / deviation, -_REACH), _REACH)
