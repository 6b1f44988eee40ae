"""One test of a log, passed once through the product's learner, round by round.

Before each round the learner, which has seen only earlier ones, says with what probability it would
take each action. Where actions were logged at even odds, one is drawn; a round whose logged action
is the one drawn happened as the learner would have had it: it counts, and is learned from (replay).
Otherwise every round is learned from and counts by its weight.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

import numpy as np

from evaluation.estimators import Numbers
from evaluation.rounds import Round
from models.bandit.learner import Bandit, Settings
from models.decision.policy import draw

EVEN = 0.01
"""How far a propensity times the number of actions may be from 1 to pass for even odds."""


def is_even(found: Round) -> bool:
    """Whether each action had the same chance of being logged."""
    return abs(found.propensity * len(found.actions) - 1.0) <= EVEN


def _floats() -> "array[float]":
    return array("d")


@dataclass(slots=True)
class Passed:
    """What is kept of each round, in the order of the log; costs are taken off all rewards.

    Attributes:
        rewards: As logged; `propensities` likewise.
        chances: With what probability the learner would have taken the action logged.
        drawn: 1 where the action drawn is the one logged.
        expected: What the learner expected of its own choices; `expected_logged` of the action
            logged.
        logged: The number of the action logged.
    """

    rewards: "array[float]" = field(default_factory=_floats)
    propensities: "array[float]" = field(default_factory=_floats)
    chances: "array[float]" = field(default_factory=_floats)
    drawn: "array[float]" = field(default_factory=_floats)
    expected: "array[float]" = field(default_factory=_floats)
    expected_logged: "array[float]" = field(default_factory=_floats)
    logged: "array[float]" = field(default_factory=_floats)

    def numbers(self, name: str) -> Numbers:
        """One of them as numbers to calculate with."""
        return np.array(getattr(self, name), dtype=np.float64)


class BanditTest:
    """Passes rounds through a learner.

    Args:
        settings: The learner's.
        costs: What an action costs, in the reward's unit.
        seed: The same seed draws alike.
        even: Whether the log is one of even odds.

    Attributes:
        actions: Each action's number, in the order of appearance.
        offered: By action, in how many rounds it was allowed; `shares` how many of them it would
            have been taken in, expected or, at even odds, drawn.
    """

    def __init__(
        self, settings: Settings, costs: Mapping[str, float], seed: int, *, even: bool
    ) -> None:
        self.even = even
        self.passed = Passed()
        self.actions: dict[str, int] = {}
        self.offered: dict[str, int] = {}
        self.shares: dict[str, float] = {}
        self.bandit = Bandit(settings)
        self._costs = costs
        self._random = Random(seed)

    def take(self, found: Round) -> None:
        """Let the learner choose in a round, and learn from it where it may."""
        chances, means = self.bandit.propensities(found.context, found.actions, self._costs)
        chosen = draw(chances.tolist(), self._random.getrandbits(64))
        logged = found.actions.index(found.action)
        passed = self.passed
        passed.rewards.append(found.reward - self._costs.get(found.action, 0.0))
        passed.propensities.append(found.propensity)
        passed.chances.append(float(chances[logged]))
        passed.drawn.append(float(chosen == logged))
        passed.expected.append(float(chances @ means))
        passed.expected_logged.append(float(means[logged]))
        passed.logged.append(self.actions.setdefault(found.action, len(self.actions)))
        for index, action in enumerate(found.actions):
            self.offered[action] = self.offered.get(action, 0) + 1
            share = float(index == chosen) if self.even else float(chances[index])
            self.shares[action] = self.shares.get(action, 0.0) + share
        if chosen == logged or not self.even:
            self.bandit.learn(found.context, found.action, found.reward)
