"""A linear mixed model, online: slopes of each arm's own around those that all arms share.

    reward = (shared + own of the arm) · columns + noise

Sums of squares are all that is kept; posteriors follow from them in closed form. How far the arms'
slopes lie apart is learned by field of the context: one whose slopes don't differ between arms is
as good as left out, so context is used as far as it has earned it, and arms of which little is
known are taken for what is common.

Beside River, because `linear_model.BayesianLinearRegression` is one arm of this with one fixed
prior: it can't hold arms towards each other, nor leave out a field.

Sources: C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, 3.3; see also
`models.bandit.evidence`.
"""

from collections.abc import Mapping, Sequence
from math import exp, isfinite
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from river import base, proba

from models.bandit import evidence
from models.bandit.columns import Columns, ColumnsState
from models.bandit.context import Value, flatten
from models.bandit.evidence import Variances
from models.bandit.sizes import CERTAIN
from models.bandit.sums import Sums, grown
from models.errors import BadRoundError

Numbers = NDArray[np.float64]

REWARD_LIMIT = 1e12
_STEPS = 2
_FIT_EACH = 16.0


class MixedState(msgspec.Struct, array_like=True):
    """What a mixed model has learned, as stored; arrays as little-endian doubles."""

    columns: ColumnsState
    names: list[str]
    rows: list[int]
    shape: tuple[int, int]
    arrays: list[bytes]
    growing: float
    noise: float
    next_fit: float


class MixedRegression(base.Regressor):  # type: ignore[misc]  # River has no types we follow
    """Predicts a number from a context and an arm, and says how sure it is.

    Args:
        group: The input that names the arm.
        memory: After so many rounds a round weighs 1/e; 0: everything is kept.
        columns: Most columns; see `models.bandit.columns`.
        arms: Most arms; a new one takes the place of the one with the least behind it.

    Examples:
        >>> model = MixedRegression()
        >>> for step in range(200):
        ...     model.learn_one({"arm": "a", "new": step % 2}, 1.0 + step % 2)
        ...     model.learn_one({"arm": "b", "new": step % 2}, 2.0 - step % 2)
        >>> round(model.predict_one({"arm": "a", "new": 1}), 1)
        2.0
        >>> round(model.predict_one({"arm": "b", "new": 1}), 1)
        1.0
    """

    def __init__(
        self,
        group: str = "arm",
        memory: float = 0.0,
        columns: int = 64,
        arms: int = 1024,
    ) -> None:
        self.group = group
        self.memory = memory
        self.columns = columns
        self.arms = arms
        self._columns = Columns(columns)
        self._rows: dict[str, int] = {}
        none = np.zeros(0)
        self._sums = Sums(np.zeros((0, 0, 0)), np.zeros((0, 0)), none, none, none)
        self._found = Variances(none, none, none, none)
        self._next_fit = 0.0
        self._inverse = np.zeros((0, 0, 0))
        self._slopes = np.zeros((0, 0))
        self._stale: set[int] = set()

    @property
    def noise(self) -> float:
        """Variance of a reward around its mean; 1 while nothing is known."""
        return self._found.noise

    @property
    def weight(self) -> float:
        """Rounds behind what was learned; what was half forgotten counts half."""
        return float(self._sums.counts.sum())

    def learn_one(self, x: Mapping[str, Any], y: float) -> None:
        """Learn from one round, as River's regressors do."""
        self.learn(self._values(x), str(x.get(self.group, "")), float(y))

    def predict_one(self, x: Mapping[str, Any], with_dist: bool = False) -> Any:  # noqa: FBT001, FBT002
        """The reward to expect; as a normal distribution, noise included, if asked for."""
        means, variances = self.predict(self._values(x), [str(x.get(self.group, ""))])
        mean, variance = float(means[0]), float(variances[0]) + self.noise
        if not with_dist:
            return mean
        return proba.Gaussian._from_state(n=1, m=mean, var=variance, ddof=0)  # noqa: SLF001

    def _values(self, x: Mapping[str, Any]) -> dict[str, Value]:
        return flatten({name: value for name, value in x.items() if name != self.group})

    def learn(self, values: Mapping[str, Value], arm: str, reward: float) -> None:
        """Learn from one round.

        Args:
            values: The context, flat.
            arm: What was done.
            reward: What followed; within ±1e12.

        Raises:
            BadRoundError: The reward isn't finite or is too large (`non_finite`).
        """
        if not (isfinite(reward) and abs(reward) <= REWARD_LIMIT):
            raise BadRoundError(
                "non_finite", f"a reward of {reward} is not within ±{REWARD_LIMIT:g}"
            )
        self._columns.learn(values)
        row = self._row(arm)
        self._make_room()
        sums, seen = self._sums, self._columns.vector(values)
        sums.add(row, seen, reward)
        self._stale.add(row)
        if self.weight >= self._next_fit:
            self._fit()

    def predict(self, values: Mapping[str, Value], arms: Sequence[str]) -> tuple[Numbers, Numbers]:
        """The mean reward of each arm and how far from it the truth may be.

        Args:
            values: The context, flat.
            arms: Names; one that was never seen is expected to be like the others.

        Returns:
            Means, and variances without the noise and without what all arms have in common, which
            makes no difference between them.
        """
        seen = self._columns.vector(values)[: self._sums.products.shape[1]]
        active = np.flatnonzero(seen)
        if not len(active):
            return np.zeros(len(arms)), np.full(len(arms), CERTAIN.variance * self.noise)
        self._refresh()
        part, found, known = seen[active], self._found, len(self._rows)
        rows = np.array([self._rows.get(arm, known) for arm in arms])
        means = np.append(self._slopes[:known, active] @ part, found.shared[active] @ part)
        inverse = self._inverse[:known, active[:, None], active]
        ratios = np.append((inverse @ part) @ part, found.unknown(seen))
        return means[rows], np.maximum(ratios[rows], 0.0) * found.noise

    def forget(self, rounds: float) -> None:
        """Let all that was learned weigh no more than so many rounds; the variances stay."""
        self._sums.scale(rounds / max(self.weight, rounds))
        self._fit()

    def _row(self, arm: str) -> int:
        row = self._rows.get(arm)
        if row is None:
            row = len(self._rows)
            if row >= self.arms:
                counts = self._sums.counts
                row = self._rows.pop(min(self._rows, key=lambda name: counts[self._rows[name]]))
                self._sums.clear(row)
            self._rows[arm] = row
        return row

    def _make_room(self) -> None:
        shape = (len(self._rows), len(self._columns))
        rows, width = self._sums.products.shape
        if shape == (rows, width):
            return
        self._sums = self._sums.grown(*shape)
        self._inverse = grown(self._inverse, (*shape, shape[1]))
        self._slopes = grown(self._slopes, shape)
        if shape[1] > width:
            self._found = self._found.grown(shape[1])
            self._stale = set(range(len(self._rows)))

    def _refresh(self) -> None:
        """Make the posteriors of those arms anew that learned something."""
        if not self._stale:
            return
        rows, tight = sorted(self._stale), self._found.precision()
        inverse = np.linalg.inv(self._sums.squares[rows] + tight)
        leaning = self._sums.products[rows] + tight @ self._found.shared
        self._inverse[rows] = inverse
        self._slopes[rows] = (inverse @ leaning[:, :, None])[:, :, 0]
        self._stale.clear()

    def _fit(self) -> None:
        """Learn the variances; seldom: each time there is a sixteenth more to learn them from."""
        numbers = {field: at for at, field in enumerate(dict.fromkeys(self._columns.fields))}
        fields = np.array([numbers[field] for field in self._columns.fields])
        for _ in range(_STEPS):
            self._found = evidence.improve(self._sums, self._found, fields)
        self._stale = set(range(len(self._rows)))
        wait = max(1.0, self.weight // _FIT_EACH)
        if self.memory:
            self._sums.scale(exp(-wait / self.memory))
        self._next_fit = self.weight + wait

    def state(self) -> MixedState:
        """What was learned, as plain values."""
        sums, found = self._sums, self._found
        arrays = (
            *(sums.squares, sums.products, sums.rewards, sums.energy, sums.counts),
            *(found.own, found.main, found.shared, found.expected),
        )
        return MixedState(
            self._columns.state(),
            list(self._rows),
            list(self._rows.values()),
            sums.products.shape,
            [array.astype("<f8").tobytes() for array in arrays],
            found.growing,
            found.noise,
            self._next_fit,
        )

    def restore(self, state: MixedState) -> None:
        """Take on what another of the same settings has learned.

        Raises:
            ValueError: The parts don't fit together.
        """
        arms, width = state.shape
        shapes = [(arms, width, width), (arms, width), (arms,), (arms,), (arms,), *[(width,)] * 4]
        arrays = [
            np.frombuffer(data, "<f8").astype(np.float64).reshape(shape)
            for data, shape in zip(state.arrays, shapes, strict=True)
        ]
        columns = Columns.of(state.columns, self.columns)
        numbers = (state.growing, state.noise, state.next_fit, *columns.scales())
        if not (all(np.isfinite(array).all() for array in arrays) and all(map(isfinite, numbers))):
            raise ValueError("a number is not finite")
        if min(state.noise, state.growing, *arrays[5], *arrays[6]) <= 0.0:
            raise ValueError("a variance is not above 0")
        if width != (len(columns) if arms else 0) or sorted(state.rows) != list(range(arms)):
            raise ValueError("columns or arms are missing")
        if len(state.names) != arms or arms > self.arms or width > self.columns:
            raise ValueError("arms without names, or more than the settings allow")
        self._columns = columns
        self._rows = dict(zip(state.names, state.rows, strict=True))
        self._sums = Sums(*arrays[:5])
        self._found = Variances(
            arrays[5], arrays[6], arrays[7], arrays[8], state.growing, state.noise
        )
        self._next_fit = state.next_fit
        self._inverse = np.zeros(shapes[0])
        self._slopes = np.zeros(shapes[1])
        self._stale = set(range(arms))
