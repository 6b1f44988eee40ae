"""River's logistic regression behind the population's beliefs, in place of `models.belief`.

`linear_model.LogisticRegression` by plain gradient descent, with the programme's expectation as its
intercept. It has no variances: doubt is 0, so nothing but a flow's even share explores, and
after a change it follows at the pace it always has.
"""

from collections.abc import Mapping

from models.belief import Weights
from models.learning.linear import Linear, probability

_STEP = 0.1
"""Step of gradient descent, as a share of the first step of a belief with the same spread: between
its first steps and those it takes once it knows much."""
_LIMIT = 30.0


class RiverBelief:
    """Logistic regression by River over named amounts.

    Args:
        spread: Standard deviation of a weight nothing is known of; sets the step.
        memory: Not used: the step stays, so the old fades by itself.
        most: Most weights kept; features beyond them are passed over.
    """

    def __init__(self, spread: float = 0.5, memory: float = 0.0, most: int = 4_096) -> None:
        del memory
        self._rate = _STEP * spread * spread
        self._most = most
        self._model = Linear({}, self._rate, _LIMIT)

    @property
    def weights(self) -> Weights:
        """By feature: its weight, and 0 for the variance that it doesn't have."""
        return {name: (weight, 0.0) for name, weight in self._model.weights.items()}

    @weights.setter
    def weights(self, stored: Weights) -> None:
        known = {name: weight for name, (weight, _) in stored.items()}
        self._model = Linear(known, self._rate, _LIMIT)

    def chance(
        self,
        x: Mapping[str, float],
        offset: float = 0.0,
        beside: tuple[float, float] = (0.0, 0.0),
    ) -> tuple[float, float]:
        """Log-odds of success, within ±30, and no variance."""
        log_odds = self._model.log_odds(x) + offset + beside[0]
        return min(max(log_odds, -_LIMIT), _LIMIT), beside[1]

    def sums(self, x: Mapping[str, float]) -> tuple[float, float]:
        """What features add to the log-odds, and nothing to their variance."""
        return self._model.log_odds(x), 0.0

    def towards(self, x: Mapping[str, float], target: float, offset: float = 0.0) -> float:
        """Learn from one observation, a share as so much success and so much failure."""
        expected = probability(self.chance(x, offset)[0])
        known = self._model
        if len(known) + len(x) > self._most:
            x = {name: amount for name, amount in x.items() if known.knows(name)}
        for success, share in ((True, target), (False, 1.0 - target)):
            if share > 0.0:
                known.learn(x, success=success, offset=offset, share=share)
        return expected

    def widen(self, share: float) -> None:
        """Nothing to widen."""
