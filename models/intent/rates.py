"""A regression of rates, online: how often something happens, from what is seen, and how sure.

    log(expected count / days) = weights · inputs

The weights are one normal belief with all its covariances, moved by each batch of counts to the
peak of what batch and belief say together, and narrowed by what was counted: as with one rate,
whose exact (gamma) belief is as sure as there were events. That nothing happened moves it and makes
it no surer, so it ends where it should whatever came first. Counts of people vary more than those
of dice, so a count where many were expected weighs less (as of a negative binomial). It is
assumed-density filtering of a generalised linear model.

Beside River, whose linear models learn Poisson counts by gradient steps: the order of magnitude of
rates differs by thousands between shops and inputs go together (who ordered often also did
lately); there the steps would need tuning for each shop, and the belief needs none.

Sources: P. McCullagh, J. A. Nelder, "Generalized Linear Models", 1989; M. Opper, "A Bayesian
approach to on-line learning", in D. Saad (ed.), On-line Learning in Neural Networks, 1998; for
rates of first events by window (piecewise exponential), M. Friedman, Annals of Statistics 10, 1982.
"""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray
from river import base

Numbers = NDArray[np.float64]

ALWAYS = "always"
"""The input that is 1 of everybody."""
_LEVEL = 5.0
_SETTLED, _ROUNDS, _STRIDE = 1e-3, 6, 1.0
_LOWEST, _HIGHEST = -20.0, 3.0
"""Logarithm of the rates that are told, a day."""


class RateRegression(base.Regressor):  # type: ignore[misc]  # River has no types we follow
    """Learns how often something happens a day.

    Args:
        names: Of the inputs, by position.
        start: Weights by name that are assumed before anything is learned; others are 0.
        spread: Standard deviation of each of these beliefs, above 0; of the input `always` five
            times that, since shops differ in their rates more than in what tells people apart.
        extra: How much counts vary beyond chance: their variance is mean + extra · mean².
        memory: After so many counts a count weighs 1/e, and beliefs go back towards the start; 0:
            everything is kept.

    Attributes:
        weights: By position.
        precision: Of the belief, a square.

    Examples:
        >>> model = RateRegression(("always", "regular"), start={"always": -4.0})
        >>> for day in range(400):
        ...     model.learn_one({"always": 1.0, "regular": 1.0}, float(day % 4 == 0))
        >>> round(model.predict_one({"always": 1.0, "regular": 1.0}), 2)
        0.25
    """

    def __init__(
        self,
        names: Sequence[str],
        start: Mapping[str, float] | None = None,
        spread: float = 0.6,
        extra: float = 1.0,
        memory: float = 0.0,
    ) -> None:
        self.names, self.start, self.spread = tuple(names), dict(start or {}), spread
        self.extra, self.memory = extra, memory
        self._start = np.array([self.start.get(name, 0.0) for name in self.names])
        spreads = [spread * (_LEVEL if name == ALWAYS else 1.0) for name in self.names]
        self._first = np.diag(np.array(spreads) ** -2.0)
        self.weights = self._start.copy()
        self.precision = self._first.copy()

    def expected(self, inputs: Numbers, days: float) -> Numbers:
        """Expected counts in some days, a row of inputs each; finite."""
        rates: Numbers = np.exp(np.clip(inputs @ self.weights, _LOWEST, _HIGHEST))
        return rates * days

    @staticmethod
    def rate(log_rate: float) -> float:
        """The rate a day behind its logarithm, held as all that are told."""
        return exp(min(max(log_rate, _LOWEST), _HIGHEST))

    def learn(self, inputs: Numbers, counts: Numbers, days: float) -> None:
        """Learn what was counted in some days after each of a batch of moments.

        Args:
            inputs: A row each; finite.
            counts: 0 or more each.
            days: How long was counted, above 0.
        """
        if not len(inputs):
            return
        if self.memory:
            self._forget(exp(-len(inputs) / self.memory))
        before, held = self.weights, self.precision
        found = before.copy()
        for _ in range(_ROUNDS):
            logs = np.clip(inputs @ found, _LOWEST, _HIGHEST)
            means = np.exp(logs) * days
            trust = 1.0 / (1.0 + self.extra * means)
            pull = inputs.T @ ((counts - means) * trust) - held @ (found - before)
            told = (inputs.T * (means * trust)) @ inputs
            step = np.linalg.solve(held + told, pull)
            far = float(np.abs(step).max())
            found += step * min(1.0, _STRIDE / far) if far > 0.0 else step
            if far < _SETTLED:
                break
        surer = (inputs.T * (counts * trust)) @ inputs
        self.weights, self.precision = found, held + surer

    def _forget(self, kept: float) -> None:
        """Let a part of what was learned go, back towards the start."""
        held = kept * self.precision
        beside = (1.0 - kept) * self._first
        self.precision = held + beside
        self.weights = np.linalg.solve(self.precision, held @ self.weights + beside @ self._start)

    # --- River's verbs -----------------------------------------------------------------------

    def learn_one(self, x: Mapping[str, float], y: float) -> None:
        """Learn what was counted in one day."""
        self.learn(self._row(x), np.array([float(y)]), 1.0)

    def predict_one(self, x: Mapping[str, float]) -> float:
        """The count expected of one day."""
        return float(self.expected(self._row(x), 1.0)[0])

    def _row(self, x: Mapping[Any, float]) -> Numbers:
        return np.array([[x.get(name, 0.0) for name in self.names]])
