"""Whether logged probabilities came true: calibration, skill and ranking, part by part.

Predictions are gathered in narrow bins of log-odds, with what they came to: bins of several seeds
add up, and a run of any length takes no more room. All that is said of them is computed from the
bins.

Sources: D. R. Cox, "Two further applications of a model for binary regression", Biometrika 45,
1958 (slope and intercept); G. W. Brier, "Verification of forecasts expressed in terms of
probability", Monthly Weather Review 78, 1950.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.decision.features import EXPECTED_CLICK, EXPECTED_LEAVE, EXPECTED_ORDER
from models.learning.linear import probability

PARTS = {"click": EXPECTED_CLICK, "order": EXPECTED_ORDER, "leave": EXPECTED_LEAVE}
"""By part, where a decision logs its log-odds: of a click, of an order given the click, of losing
the reader."""
ENOUGH = 50
"""Positives that a decile needs before predicted and actual are compared."""

_WIDTH = 0.01
_STEPS = 50
_N, _HAPPENED, _TRUTH, _PREDICTED, _MISSED, _LOG_ODDS = range(6)

Bins = dict[int, list[float]]
"""By log-odds in hundredths: the sums of count, positives, true and predicted probability, squared
error, and log-odds."""


class Tally:
    """Predictions of one part, and what became of them.

    Attributes:
        predicted: Binned by the prediction.
        ideal: Binned by the true probability, taken as the prediction.
    """

    def __init__(self) -> None:
        self.predicted: Bins = {}
        self.ideal: Bins = {}

    def note(self, log_odds: float, truth: float, *, happened: bool) -> None:
        """Take down a prediction.

        Args:
            log_odds: As logged, finite.
            truth: The true probability, 0 to 1.
            happened: What luck made of it.
        """
        _add(self.predicted, log_odds, truth, happened)
        held = min(max(truth, 1e-9), 1.0 - 1e-9)
        _add(self.ideal, log(held / (1.0 - held)), truth, happened)

    def take(self, other: "Tally") -> None:
        """Add another tally's predictions."""
        for own, others in ((self.predicted, other.predicted), (self.ideal, other.ideal)):
            for place, sums in others.items():
                mine = own.setdefault(place, [0.0] * 6)
                mine[:] = [left + right for left, right in zip(mine, sums, strict=True)]


def _add(bins: Bins, log_odds: float, truth: float, happened: bool) -> None:  # noqa: FBT001  hot
    sums = bins.setdefault(round(log_odds / _WIDTH), [0.0] * 6)
    chance = probability(log_odds)
    sums[_N] += 1.0
    sums[_HAPPENED] += happened
    sums[_TRUTH] += truth
    sums[_PREDICTED] += chance
    sums[_MISSED] += (chance - happened) ** 2
    sums[_LOG_ODDS] += log_odds


class Calibration:
    """The tallies of a run, by part."""

    def __init__(self) -> None:
        self.parts = {part: Tally() for part in PARTS}

    def note(
        self, part: str, features: Mapping[str, float], truth: float, *, happened: bool
    ) -> None:
        """Take down what a decision's features say of a part; nothing where they don't."""
        log_odds = features.get(PARTS[part])
        if log_odds is not None:
            self.parts[part].note(log_odds, truth, happened=happened)


def report(runs: Iterable[Calibration]) -> dict[str, Any]:
    """What all runs together say, by part, as JSON has it; parts without predictions are absent."""
    whole = Calibration()
    for run in runs:
        for part, tally in run.parts.items():
            whole.parts[part].take(tally)
    return {part: judge(tally) for part, tally in whole.parts.items() if tally.predicted}


def foretold(tallies: Iterable[Tally]) -> dict[str, Any] | None:
    """How good predictions are whose truth is unknown, as `judge`; None where there are none."""
    whole = Tally()
    for tally in tallies:
        whole.take(tally)
    if not whole.predicted:
        return None
    told = judge(whole)
    for decile in told["deciles"]:
        del decile["true"]
    return {name: told[name] for name in told if "true" not in name and "best" not in name}


def judge(tally: Tally) -> dict[str, Any]:
    """How good the predictions are.

    Returns:
        `predictions`, `positives` and `base_rate`; `predicted_rate`, the mean prediction, and
        `true_rate`; `slope` and `intercept` of what happened on the log-odds (1 and 0 are right),
        the slope with its 95 % interval as if predictions were independent, and `slope_true` of the
        true probabilities; `brier_skill` against always saying the base rate, and
        `best_brier_skill` of the true probabilities; `top_decile`, the actual rate in the tenth of
        highest predictions by the base rate, and `best_top_decile`, the same by true probability;
        both once more as `…_true` from true instead of actual rates, which luck doesn't move;
        `deciles`, lowest first. None where it can't be said.
    """
    rows, ideal = _sorted(tally.predicted), _sorted(tally.ideal)
    total = rows.sum(axis=0)
    base = float(total[_HAPPENED] / total[_N])
    line, true_line = fit(rows, _HAPPENED), fit(rows, _TRUTH)
    deciles = [_decile(sums) for sums in _tenths(rows)]
    return {
        "predictions": int(total[_N]),
        "positives": int(total[_HAPPENED]),
        "base_rate": base,
        "predicted_rate": float(total[_PREDICTED] / total[_N]),
        "true_rate": float(total[_TRUTH] / total[_N]),
        "slope": _slope(line),
        "intercept": line[0] if line else None,
        "slope_true": true_line[1] if true_line else None,
        "brier_skill": _skill(rows, base),
        "best_brier_skill": _skill(ideal, base),
        "top_decile": _lift(rows, _HAPPENED),
        "best_top_decile": _lift(ideal, _HAPPENED),
        "top_decile_true": _lift(rows, _TRUTH),
        "best_top_decile_true": _lift(ideal, _TRUTH),
        "deciles": deciles,
    }


def fit(rows: NDArray[np.float64], target: int) -> tuple[float, float, float] | None:
    """Logistic regression on the log-odds, by Newton's method.

    Args:
        rows: Bins, a row each.
        target: The column of what is to be explained: positives, or true probabilities.

    Returns:
        Intercept, slope and the slope's standard error; None where the data don't determine them.
    """
    count, wanted = rows[:, _N], rows[:, target]
    x = rows[:, _LOG_ODDS] / count
    if np.ptp(x) < _WIDTH / 2.0 or not 0.0 < wanted.sum() < count.sum():
        return None
    design = np.stack([np.ones_like(x), x])
    at, reached = np.array([0.0, 1.0]), -np.inf
    step: NDArray[np.floating[Any]] = np.zeros(2)
    for _ in range(_STEPS):
        score = (at + step) @ design
        likely = float(wanted @ score - count @ np.logaddexp(0.0, score))
        if likely < reached - 1e-9:
            step = step / 2.0  # too far
            continue
        at, reached = at + step, likely
        chance = 0.5 * (1.0 + np.tanh(score / 2.0))
        weighted = design * (count * chance * (1.0 - chance))
        curve = weighted @ design.T
        if np.linalg.cond(curve) > 1e12:
            return None
        step = np.linalg.solve(curve, design @ (wanted - count * chance))
        if np.abs(step).max() < 1e-9:
            return float(at[0]), float(at[1]), sqrt(float(np.linalg.inv(curve)[1, 1]))
    return None


def _slope(line: tuple[float, float, float] | None) -> dict[str, float] | None:
    if line is None:
        return None
    _, slope, error = line
    return {"mean": slope, "low": slope - 1.96 * error, "high": slope + 1.96 * error}


def _sorted(bins: Bins) -> NDArray[np.float64]:
    return np.array([bins[place] for place in sorted(bins)], dtype=np.float64)


def _tenths(rows: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Sums by tenths of the predictions, lowest first; a bin on a border is divided."""
    upto = np.concatenate([[0.0], np.cumsum(rows[:, _N])])
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    borders = np.linspace(0.0, upto[-1], 11)
    columns = [np.interp(borders, upto, sums[:, column]) for column in range(rows.shape[1])]
    return list(np.diff(np.stack(columns, axis=1), axis=0))


def _decile(sums: Sequence[float] | NDArray[np.float64]) -> dict[str, float | None]:
    count, positives, predicted = sums[_N], sums[_HAPPENED], sums[_PREDICTED]
    enough = positives >= ENOUGH
    return {
        "predictions": float(count),
        "positives": float(positives),
        "predicted": float(predicted / count),
        "actual": float(positives / count),
        "true": float(sums[_TRUTH] / count),
        "predicted_by_actual": float(predicted / positives) if enough else None,
    }


def _skill(rows: NDArray[np.float64], base: float) -> float | None:
    naive = base * (1.0 - base)
    missed = float(rows[:, _MISSED].sum() / rows[:, _N].sum())
    return 1.0 - missed / naive if naive > 0.0 else None


def _lift(rows: NDArray[np.float64], target: int) -> float | None:
    top, whole = _tenths(rows)[-1], rows.sum(axis=0)
    return float(top[target] / top[_N] * whole[_N] / whole[target]) if whole[target] else None
