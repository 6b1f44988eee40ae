"""Judging what models foretold of customers by what came, with intervals over customers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from evaluation.estimators import Interval
from evaluation.purchases_result import Baseline, Calibration, Score, Tenth
from evaluation.weighted import Ranked, Recalibrated, Together

Numbers = NDArray[np.float64]

RESAMPLES = 1_000
"""How many logs are drawn to see how far chance moves a figure."""
_AT_ONCE = 1_000_000
"""Customers drawn at a time, of one or several logs."""
_ENOUGH = 0.9
"""Share of them that must define a figure for it to have an interval."""
_GROUPS = 10
_AUC, _CORRELATION, _RATIO, _LIFT, _SLOPE, _INTERCEPT = range(6)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What one model said of each customer.

    Attributes:
        scores: Who orders sooner has more.
        counts: Orders expected; where the model says none, numbers that should go with them.
        chances: Of an order at all; None where the model says none, nor how many.
    """

    scores: Numbers
    counts: Numbers
    chances: Numbers | None = None


def judged(
    foretold: Mapping[str, Foretold], orders: Numbers, seed: int
) -> tuple[Score, dict[str, Baseline]]:
    """Judge what was foretold.

    Args:
        foretold: By model, `learner` among them.
        orders: What came, of each customer.
        seed: Of the resampling.

    Returns:
        The learner's score, and the others'.
    """
    figures = [_figures(said, orders) for said in foretold.values()]
    values = np.array([figure(np.ones((1, len(orders))))[0] for figure in figures])
    drawn = _drawn(figures, len(orders), seed)
    names = list(foretold)
    scores = {
        name: _score(foretold[name], orders, values[at], drawn[:, at])
        for at, name in enumerate(names)
    }
    first = names.index("learner")
    others = {}
    for at, name in enumerate(names):
        if name != "learner":
            gain = values[first, _AUC] - values[at, _AUC]
            spread = drawn[:, first, _AUC] - drawn[:, at, _AUC]
            others[name] = Baseline(
                **{one.name: getattr(scores[name], one.name) for one in fields(Score)},
                auc_gain=_told(gain),
                auc_gain_ci95=_interval(spread),
            )
    return scores["learner"], others


def _figures(said: Foretold, orders: Numbers) -> Callable[[Numbers], Numbers]:
    """What gives the figures of one model, a row for each log, when customers count so often."""
    bought = orders > 0.0
    ranked, together = Ranked(said.scores, bought), Together(said.counts, orders)
    line = None if said.chances is None else Recalibrated(said.chances, bought.astype(np.float64))

    def figures(weights: Numbers) -> Numbers:
        found = np.full((len(weights), 6), np.nan)
        found[:, _AUC], found[:, _LIFT] = ranked.figures(weights)
        found[:, _CORRELATION], total = together.figures(weights)
        if line is not None:
            found[:, _RATIO] = total
            found[:, [_SLOPE, _INTERCEPT]] = line.figures(weights)
        return found

    return figures


def _drawn(figures: list[Callable[[Numbers], Numbers]], customers: int, seed: int) -> Numbers:
    """The figures of logs made by drawing customers with replacement: by log and model."""
    if customers < 2:
        return np.zeros((0, len(figures), 6))
    random, found = np.random.default_rng(seed), np.zeros((RESAMPLES, len(figures), 6))
    together = max(_AT_ONCE // customers, 1)
    for start in range(0, RESAMPLES, together):
        weights = np.array(
            [
                np.bincount(random.integers(0, customers, customers), minlength=customers)
                for _ in range(min(together, RESAMPLES - start))
            ],
            dtype=np.float64,
        )
        for at, figure in enumerate(figures):
            found[start : start + len(weights), at] = figure(weights)
    return found


def _score(said: Foretold, orders: Numbers, values: Numbers, drawn: Numbers) -> Score:
    calibration = None
    if said.chances is not None:
        calibration = Calibration(
            *(_told(values[_SLOPE]), _interval(drawn[:, _SLOPE])),
            *(_told(values[_INTERCEPT]), _interval(drawn[:, _INTERCEPT])),
            _tenths(said.chances, said.counts, orders),
        )
    return Score(
        *(_told(values[_AUC]), _interval(drawn[:, _AUC])),
        *(_told(values[_CORRELATION]), _interval(drawn[:, _CORRELATION])),
        *(_told(values[_RATIO]), _interval(drawn[:, _RATIO])),
        *(_told(values[_LIFT]), _interval(drawn[:, _LIFT])),
        calibration,
    )


def _tenths(chances: Numbers, counts: Numbers, orders: Numbers) -> list[Tenth]:
    order = np.argsort(chances, kind="stable")
    groups = np.array_split(order, min(_GROUPS, len(order)))
    return [
        Tenth(
            len(group),
            float(chances[group].mean()),
            float((orders[group] > 0.0).mean()),
            float(counts[group].mean()),
            float(orders[group].mean()),
        )
        for group in groups
    ]


def _told(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _interval(drawn: Numbers) -> Interval | None:
    defined = drawn[np.isfinite(drawn)]
    if not len(drawn) or len(defined) < _ENOUGH * len(drawn):
        return None
    low, high = np.quantile(defined, (0.025, 0.975))
    return float(low), float(high)
