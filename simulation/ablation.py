"""The product with one part left out, to see what that part is worth.

`without-PART` is a policy beside the others: the same people, days and luck, the same fences.
"""

from collections.abc import Mapping
from math import inf

from msgspec.structs import replace

from models.belief import Belief
from models.decision import decide as product
from models.decision.features import is_about_arm
from models.decision.moment import Moment
from models.decision.outlook import Later, Outlook
from models.learning.drift import Watch
from models.learning.learners import DEFAULT
from models.learning.population import Population
from models.step import Record

PARTS = {
    "person": "the person's own model of clicks",
    "features": "what is known of the person in the beliefs; arms and hours of the day stay",
    "hours": "the hour of the day in the beliefs, and when this person looks",
    "waiting": "waiting for a better hour",
    "doubt": "acting on doubt; the programme's even share of exploration stays",
    "drift": "noticing that a belief no longer holds",
    "forgetting": "beliefs growing unsure again with time",
    "click": "learning the belief of clicks: as the programme expects, for sure",
    "order": "the same of orders by mail",
    "leave": "the same of readers lost",
    "unasked": "the same of orders without any mail",
    "beliefs": "the same of all four",
}
"""What can be left out."""

_PREFIX = "without-"
POLICIES = tuple(_PREFIX + part for part in PARTS)

_BELIEFS = ("click", "order", "leave", "unasked")
_HOURS = ("hour", "looks_soon")


def left_out(policy: str) -> str:
    """The part that a policy is without; empty for another policy."""
    return policy.removeprefix(_PREFIX) if policy in POLICIES else ""


def decide_without_person(moment: Moment, seed: int) -> Record:
    """Decide as for somebody who never got a mail."""
    return product.decide(replace(moment, models=replace(moment.models, weights={})), seed)


class Partial(Population):
    """A population model without a part; any other part changes nothing here.

    Args:
        part: One of `PARTS`.
        belief: The class behind the beliefs that stay.
    """

    def __init__(self, part: str, belief: str = DEFAULT) -> None:
        super().__init__(belief)
        self._part = part
        for name in _BELIEFS:
            if part in (name, "beliefs"):
                self._beliefs[name] = Belief(spread=0.0)  # sure of 0, and so never moved
            elif part == "forgetting":
                self._beliefs[name].memory = 0.0
        if part == "drift":
            self._watches = {name: Watch(threshold=inf) for name in _BELIEFS}

    def _left(self, features: Mapping[str, float]) -> dict[str, float]:
        if self._part == "features":
            kept = {"always", "hour"}
            return {n: v for n, v in features.items() if n in kept or is_about_arm(n)}
        if self._part == "hours":
            return {n: v for n, v in features.items() if n not in _HOURS}
        return dict(features)

    def learn(self, outcome: Record) -> bool:
        """As the product's, of what is left."""
        return super().learn({**outcome, "features": self._left(outcome["features"])})

    def unasked(
        self, features: Mapping[str, float], flow: str, prior: float
    ) -> tuple[float, float]:
        """As the product's, of what is left."""
        return super().unasked(self._left(features), flow, prior)

    def outlook(self, features: Mapping[str, float], flow: str, unasked: float) -> Outlook:
        """As the product's, of what is left."""
        return super().outlook(self._left(features), flow, unasked)

    def later(self, now: Mapping[str, float]) -> Later:
        """As the product's, of what is left."""
        return _PartialLater(self._beliefs["click"], self._left(now), self._part)


class _PartialLater(Later):
    """What arriving later changes, of what is left."""

    def __init__(self, click: Belief, now: Mapping[str, float], part: str) -> None:
        super().__init__(click, now)
        self._part = part

    def shift(self, looks_soon: float, hour: float) -> tuple[float, float]:
        """As the product's, of what is left."""
        if self._part == "hours":
            return 0.0, 0.0
        return super().shift(self._soon if self._part == "features" else looks_soon, hour)
