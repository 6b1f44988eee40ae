"""Figures of scored people, each counting so many times: what resampling them needs.

Weights are rows, one for each log drawn: whatever doesn't depend on them, sorting above all, is
done once. A figure that people don't define is not a number (NaN).
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_TINY = 1e-15
_ROUNDS = 30


class Ranked:
    """People ranked by a score.

    Args:
        scores: Of each; `bought` whether they did what the score is about.
    """

    def __init__(self, scores: Numbers, bought: NDArray[np.bool_]) -> None:
        self._order = np.argsort(scores, kind="stable")
        self._bought = bought[self._order].astype(np.float64)
        ends = np.flatnonzero(np.diff(scores[self._order])) + 1
        self._starts = np.concatenate([[0], ends]).astype(np.int64)

    def figures(self, weights: Numbers, share: float = 0.1) -> tuple[Numbers, Numbers]:
        """How well the ranking tells buyers from others.

        Args:
            weights: A row for each log, a column for each person.
            share: How much of the top the lift is of.

        Returns:
            AUC, the chance that of a buyer and another the buyer ranks higher, ties half. Lift, how
            many times the buyers there are in the top share; those of equal scores at its end are
            in it in part.
        """
        weights = weights[:, self._order]
        sizes = np.add.reduceat(weights, self._starts, axis=1)
        yes = np.add.reduceat(weights * self._bought, self._starts, axis=1)
        no = sizes - yes
        buyers = yes.sum(axis=1)
        below = np.cumsum(no, axis=1) - no / 2.0
        auc = _over((yes * below).sum(axis=1), buyers * no.sum(axis=1))
        room = share * sizes.sum(axis=1, keepdims=True)
        before = np.cumsum(sizes[:, ::-1], axis=1) - sizes[:, ::-1]
        held = np.where(sizes > 0.0, sizes, 1.0)[:, ::-1]
        taken = np.clip((room - before) / held, 0.0, 1.0)
        return auc, _over((taken * yes[:, ::-1]).sum(axis=1), share * buyers)


class Together:
    """Two numbers of people: how far they go together, and one total over the other.

    Args:
        predicted: Of each; `actual` what came.
    """

    def __init__(self, predicted: Numbers, actual: Numbers) -> None:
        one, two = predicted - predicted.mean(), actual - actual.mean()
        self._columns = np.stack([one, two, one * one, two * two, one * two, predicted, actual]).T

    def figures(self, weights: Numbers) -> tuple[Numbers, Numbers]:
        """Pearson's correlation, and the predicted total over the actual one.

        Args:
            weights: A row for each log, a column for each person.
        """
        one, two, ones, twos, both, predicted, actual = (weights @ self._columns).T
        total = weights.sum(axis=1)
        spread = (ones - one * one / total) * (twos - two * two / total)
        root = np.sqrt(np.where(spread > _TINY * ones * twos, spread, 0.0))
        return _over(both - one * two / total, root), _over(predicted, actual)


class Recalibrated:
    """The line from the log-odds that were said to those that would have been right.

    Slope 1 and intercept 0 where chances are calibrated; the slope is below 1 where they are too
    far apart, the intercept above 0 where they are too low. Of a log drawn it is one Newton step
    from that of all people, near enough for an interval.

    Source: D. R. Cox, "Two further applications of a model for binary regression", Biometrika 45,
    1958.

    Args:
        chances: Of each; `came` 1 or 0.

    Attributes:
        line: Slope and intercept; NaN where everybody or nobody bought or all chances are alike.
    """

    def __init__(self, chances: Numbers, came: Numbers) -> None:
        held = np.clip(chances, 1e-6, 1.0 - 1e-6)
        logs = np.log(held / (1.0 - held))
        self._rows = np.stack([logs, np.ones(len(logs))])
        self._came = came
        self.line = np.array([1.0, 0.0])
        once = np.ones((1, len(came)))
        defined = 0.0 < came.sum() < len(came) and float(np.ptp(logs)) > 1e-9
        for _ in range(_ROUNDS if defined else 0):
            before = self.line
            self.line = self.figures(once)[0]
            if np.abs(self.line - before).max() < 1e-9:
                return
        self.line = np.array([np.nan, np.nan])  # chances that tell all buyers apart have none

    def figures(self, weights: Numbers) -> Numbers:
        """Slope and intercept, a row for each log.

        Args:
            weights: A row for each log, a column for each person.
        """
        told = 1.0 / (1.0 + np.exp(-np.clip(self.line @ self._rows, -30.0, 30.0)))
        pull = weights @ (self._rows * (self._came - told)).T
        curved = told * (1.0 - told)
        square, mixed, plain = (
            weights @ (curved * factor) for factor in (self._rows[0] ** 2, self._rows[0], 1.0)
        )
        bent = _over(np.ones(len(weights)), square * plain - mixed * mixed)
        slope = (plain * pull[:, 0] - mixed * pull[:, 1]) * bent
        intercept = (square * pull[:, 1] - mixed * pull[:, 0]) * bent
        found: Numbers = self.line + np.stack([slope, intercept], axis=1)
        return found


def _over(above: Numbers, below: Numbers) -> Numbers:
    """One over the other, NaN where that is 0."""
    found: Numbers = np.where(below > 0.0, above / np.where(below > 0.0, below, 1.0), np.nan)
    return found
