"""An online logistic model of River's as names and numbers.

River's `LogisticRegression` with plain stochastic gradient descent does the learning. Around it:
weights go in and out as a dict, inputs are put in order so that the order of a dict changes
nothing, and weights are held within a limit so that whatever comes in, everything stays finite.
"""

from collections.abc import Mapping
from math import exp, isfinite, log
from typing import Any

from river import linear_model, optim
from river.utils import VectorDict

_MOST = 30.0


def probability(log_odds: float) -> float:
    """The chance behind log-odds, strictly between 0 and 1."""
    if not -_MOST <= log_odds <= _MOST:
        log_odds = min(max(log_odds, -_MOST), _MOST)
    return 1.0 / (1.0 + exp(-log_odds))


class Linear:
    """A logistic model over named features.

    Args:
        weights: Starting weights; features not named start at 0.
        rate: Step size of gradient descent, above 0.
        limit: No weight leaves ±limit.
    """

    def __init__(self, weights: Mapping[str, float], rate: float, limit: float) -> None:
        self._limit = limit
        self._model: Any = linear_model.LogisticRegression(
            optimizer=optim.SGD(rate), intercept_lr=0.0
        )
        self._model._weights = VectorDict(dict(weights))  # noqa: SLF001 (River has no setter)

    @property
    def weights(self) -> dict[str, float]:
        """All weights in the order they came to be, which is part of the state: sums follow it."""
        return dict(self._model.weights)

    def log_odds(self, inputs: Mapping[str, float]) -> float:
        """Log-odds of success for these inputs; finite for finite inputs."""
        return float(self._model._raw_dot_one(_ordered(inputs)))  # noqa: SLF001

    def learn(
        self,
        inputs: Mapping[str, float],
        *,
        success: bool,
        offset: float = 0.0,
        share: float = 1.0,
    ) -> None:
        """Take one step towards what happened; inputs must be finite.

        Args:
            inputs: Amounts by feature.
            success: What happened.
            offset: Log-odds that the weights lean on; they learn what is left of it.
            share: How much of a whole step.
        """
        ordered = _ordered(inputs)
        self._model.intercept = offset
        self._model.learn_one(ordered, success, w=share)
        self._model.intercept = 0.0
        weights = self._model._weights  # noqa: SLF001
        for name in ordered:
            weight = weights[name]
            if not -self._limit <= weight <= self._limit:
                weights[name] = min(max(weight, -self._limit), self._limit)

    def knows(self, name: str) -> bool:
        """Whether the feature has a weight yet."""
        return name in self._model._weights  # noqa: SLF001

    def __len__(self) -> int:
        return len(self._model._weights)  # noqa: SLF001


def _ordered(inputs: Mapping[str, float]) -> dict[str, float]:
    return {name: inputs[name] for name in sorted(inputs)}


def finite(*numbers: float) -> bool:
    """Whether all are finite."""
    return all(map(isfinite, numbers))


def log_odds_of(chance: float) -> float:
    """Log-odds of a chance strictly between 0 and 1."""
    return log(chance / (1.0 - chance))
