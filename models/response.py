"""One person's own response: a small River model that leans on the population's prediction.

Its main input is the population's log-odds, with weight 1 until this person's outcomes say
otherwise, so a newcomer behaves like everyone and a regular like themself. It lives in the profile
as names and numbers and learns when an outcome matures, never on browsing.
"""

from collections.abc import Mapping

from models import bounds
from models.linear import Linear
from models.population import HOLD
from models.profile import Profile

_RATE = 0.05
_LIMIT = 6.0
# As in the population model, the large input comes in at a quarter and its weight at four.
_LEAN_SCALE = 0.25
_START = {"lean": 1.0 / _LEAN_SCALE}


def _inputs(arm: str, lean: float, features: Mapping[str, float]) -> dict[str, float]:
    inputs = {"lean": lean * _LEAN_SCALE, "always": 1.0}
    if arm != HOLD:
        kind, _, offer = arm.partition("/")
        inputs["mail"] = 1.0
        inputs["hour"] = features.get("reading_hour", 0.0)
        inputs[f"type:{kind}"] = 1.0
        if offer != "none":
            inputs["offer"] = 1.0
    return inputs


class Response:
    """What one person's model says of every arm of a moment.

    Args:
        weights: The person's model as stored; empty for a newcomer.
        features: What was seen, by name.
    """

    def __init__(self, weights: Mapping[str, float], features: Mapping[str, float]) -> None:
        self._model = Linear(weights, _RATE, _LIMIT) if weights else None
        self._features = features

    def log_odds(self, arm: str, lean: float) -> float:
        """Log-odds that the arm works for this person, within ±30; a newcomer gets `lean`.

        Args:
            arm: The candidate, or `hold`.
            lean: The population's log-odds.
        """
        if self._model is None:
            return lean
        return min(max(self._model.log_odds(_inputs(arm, lean, self._features)), -30.0), 30.0)


def learn(
    profile: Profile, arm: str, lean: float, features: Mapping[str, float], *, success: bool
) -> None:
    """Let the person's model take one step towards what followed a decision."""
    model = Linear(profile.weights or _START, _RATE, _LIMIT)
    inputs = _inputs(arm, lean, features)
    if len(model) + len(inputs) > bounds.WEIGHTS:
        inputs = {name: amount for name, amount in inputs.items() if model.knows(name)}
    model.learn(inputs, success=success)
    profile.weights = {name: round(weight, 4) for name, weight in model.weights.items()}
