"""One person's own response: a small River model of whether they click, leaning on everyone's.

The population's log-odds come in with weight 1, and what this person did moves the rest, so a
newcomer behaves like everyone and a regular like themself. It lives in the profile as names and
numbers and learns when an outcome matures, never on browsing.
"""

from collections.abc import Mapping
from functools import lru_cache

from models import bounds
from models.learning.linear import Linear
from models.person.profile import Profile

_RATE = 0.8
"""Step of gradient descent: the variance of people's own log-odds, as a belief of that width would
take its first step."""
_LIMIT = 6.0
_KIND = 0.5
"""Kinds of mail differ less for a person than people do."""


@lru_cache(maxsize=4_096)
def _inputs(arm: str) -> Mapping[str, float]:
    kind, _, offer = arm.partition("/")
    inputs = {"mail": 1.0, f"type:{kind}": _KIND}
    if offer != "none":
        inputs["offer"] = _KIND
    return inputs


class Response:
    """What one person's model says of every arm of a moment.

    Args:
        weights: The person's model as stored; empty for a newcomer.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._model = Linear(weights, _RATE, _LIMIT) if weights else None

    def log_odds(self, arm: str, lean: float) -> float:
        """Log-odds that this person clicks, within ±30; a newcomer gets `lean`.

        Args:
            arm: The candidate.
            lean: The population's log-odds.
        """
        if self._model is None:
            return lean
        return min(max(lean + self._model.log_odds(_inputs(arm)), -30.0), 30.0)


def learn(profile: Profile, arm: str, lean: float, *, clicked: bool) -> None:
    """Let the person's model take one step towards what became of a mail."""
    model = Linear(profile.weights, _RATE, _LIMIT)
    inputs = _inputs(arm)
    if len(model) + len(inputs) > bounds.WEIGHTS:
        inputs = {name: amount for name, amount in inputs.items() if model.knows(name)}
    model.learn(inputs, success=clicked, offset=lean)
    profile.weights = {name: round(weight, 4) for name, weight in model.weights.items()}
