"""A logistic model that knows how sure it is: every weight a normal belief, learned in one pass.

Each weight has a mean and a variance. An observation moves the uncertain ones most and makes them
surer; with `memory`, what isn't confirmed grows uncertain again, so a changed world is followed.
This is the extended Kalman filter of logistic regression with independent weights.

Beside River's `linear_model.AdPredictor`, the same idea, because the programme's own expectation
comes in as an offset here, features are amounts and not only present or absent, and a target may be
a share: how likely it is that an order was the mail's.

Sources: T. Graepel et al., "Web-scale Bayesian click-through rate prediction for sponsored search
advertising in Microsoft's Bing search engine", ICML 2010; H. Fahrmeir, "Posterior mode estimation
by extended Kalman filtering for multivariate dynamic generalized linear models", JASA 87, 1992.
"""

from collections.abc import Mapping
from math import exp
from typing import Any

from river import base

from models.learning.linear import probability

Weights = dict[str, tuple[float, float]]
"""By feature: mean and variance."""

_LIMIT = 30.0
_AMOUNT = 1e6


class Belief(base.Classifier):  # type: ignore[misc]
    """Online Bayesian logistic regression over named amounts.

    Args:
        spread: Standard deviation of a weight nothing is known of, above 0.
        memory: Observations after which a weight, unless confirmed, is e times as uncertain; 0
            forgets nothing.
        most: Most weights kept; features beyond them are passed over.

    Examples:
        >>> belief = Belief(spread=0.5)
        >>> belief.chance({"cart": 1.0}, offset=-3.0)[0]
        -3.0
        >>> for _ in range(50):
        ...     _ = belief.towards({"cart": 1.0}, 1.0, offset=-3.0)
        >>> belief.chance({"cart": 1.0}, offset=-3.0)[0] > -2.0
        True
    """

    def __init__(self, spread: float = 0.5, memory: float = 0.0, most: int = 4_096) -> None:
        self.spread = spread
        self.memory = memory
        self.most = most
        self.weights: Weights = {}

    def chance(
        self,
        x: Mapping[str, float],
        offset: float = 0.0,
        beside: tuple[float, float] = (0.0, 0.0),
    ) -> tuple[float, float]:
        """Log-odds of success, within ±30, and the variance of that belief.

        Args:
            x: Amounts by feature, within ±1e6.
            offset: Log-odds to lean on.
            beside: The `sums` of further features, none of them in `x`.
        """
        mean, variance = self.sums(x)
        mean += offset + beside[0]
        return min(max(mean, -_LIMIT), _LIMIT), variance + beside[1]

    def sums(self, x: Mapping[str, float]) -> tuple[float, float]:
        """What features add to the log-odds and to their variance."""
        mean, variance = 0.0, 0.0
        weights, unknown = self.weights, (0.0, self.spread * self.spread)
        for name, amount in x.items():
            if amount:  # of most people several are 0
                own_mean, own_variance = weights.get(name, unknown)
                mean += own_mean * amount
                variance += own_variance * amount * amount
        return mean, variance

    def towards(self, x: Mapping[str, float], target: float, offset: float = 0.0) -> float:
        """Learn from one observation; returns the chance it had been given.

        Args:
            x: Amounts by feature, within ±1e6.
            target: What happened, 0 to 1; a share where it isn't known for sure.
            offset: The log-odds leaned on.
        """
        log_odds, variance = self.chance(x, offset)
        expected = probability(log_odds)
        certainty = expected * (1.0 - expected)
        step = 1.0 / (1.0 + certainty * variance)
        error = (target - expected) * step
        shrink = certainty * step
        first = self.spread * self.spread
        grow = exp(2.0 / self.memory) if self.memory else 1.0
        for name, amount in x.items():
            known = self.weights.get(name)
            if known is None:
                if len(self.weights) >= self.most:
                    continue
                known = (0.0, first)
            mean, own = known
            moved = own * amount
            own = max(own - moved * moved * shrink, 1e-9)
            mean = min(max(mean + moved * error, -_LIMIT), _LIMIT)
            self.weights[name] = (mean, min(own * grow, first))
        return expected

    def widen(self, share: float) -> None:
        """Make every weight less sure, so that it moves sooner; what they are stays.

        Args:
            share: How much of the way back to knowing nothing, 0 to 1, in variances.
        """
        first = self.spread * self.spread
        for name, (mean, own) in self.weights.items():
            self.weights[name] = (mean, own + share * (first - own))

    # --- River's verbs -----------------------------------------------------------------------

    def learn_one(self, x: dict[Any, float], y: bool) -> None:  # noqa: FBT001 (River's own)
        """Learn that `x` was followed by success, or not; any finite amounts."""
        self.towards(_held(x), 1.0 if y else 0.0)

    def predict_proba_one(self, x: dict[Any, float]) -> dict[bool, float]:
        """The chance of success and of its contrary."""
        chance = probability(self.chance(_held(x))[0])
        return {False: 1.0 - chance, True: chance}


def _held(x: Mapping[Any, float]) -> dict[Any, float]:
    return {name: min(max(amount, -_AMOUNT), _AMOUNT) for name, amount in x.items()}
