"""The bandit: which of some named actions to take in a context, how often, and learning.

What it knows of an action is the posterior of its mean reward (`models.bandit.mixed`). Actions are
taken as often as they are likely to be the best (`models.bandit.thompson`), none less often than a
floor. When rewards stop being what was predicted, what was learned before counts little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bandit.context import flatten
from models.bandit.mixed import MixedRegression
from models.bandit.surprise import Surprise
from models.bandit.thompson import best_probabilities, with_floor
from models.decision.policy import draw
from models.errors import BadRoundError

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a bandit learns and chooses.

    Attributes:
        exploration: Share of choices spread evenly over what is allowed: each action's propensity
            is at least this over their number; above 0, at most 1.
        width: Deviations are multiplied by this before choosing, in the long run: below 1 it
            explores less than Thompson sampling, which pays as long as nothing changes
            (O. Chapelle, L. Li, "An empirical evaluation of Thompson sampling", NIPS 2011).
        settled: After so many rounds the multiplier is half way from 1 to `width`: what was
            concluded from a few unlucky rounds is looked at again before exploring ends.
        memory: After so many rounds a round weighs 1/e; 0: everything is kept.
        kept_after_change: When a change is noticed, all that was learned weighs as many rounds.
        columns: Most columns that contexts become.
        actions: Most actions of which anything is kept.
    """

    exploration: float = 0.01
    width: float = 0.5
    settled: float = 1000.0
    memory: float = 0.0
    kept_after_change: float = 100.0
    columns: int = 64
    actions: int = 1024

    def width_after(self, rounds: float) -> float:
        """What deviations are multiplied by when so many rounds were learned from."""
        return self.width + (1.0 - self.width) / (1.0 + rounds / self.settled)

    def __post_init__(self) -> None:
        if not (0.0 < self.exploration <= 1.0 and 0.0 < self.width < inf):
            raise ValueError("exploration must be above 0 and at most 1, width above 0")
        if not 0.0 < self.settled < inf:
            raise ValueError("settled must be above 0 rounds")
        if not (0.0 <= self.memory < inf and 1.0 <= self.kept_after_change < inf):
            raise ValueError("memory must be 0 or more rounds, kept_after_change 1 or more")
        if not (2 <= self.columns <= 512 and 1 <= self.actions <= 4096):
            raise ValueError("columns must be 2 to 512, actions 1 to 4096")


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, and what a log must hold of it.

    Attributes:
        action: The chosen one; `index` its place among those allowed.
        propensity: The probability with which it was drawn.
        propensities: Of each action allowed, in their order; they sum to 1.
        means: Expected reward of each, costs taken off.
    """

    action: str
    index: int
    propensity: float
    propensities: Numbers
    means: Numbers


class Bandit:
    """Chooses among named actions and learns from what follows.

    With A actions and C columns it holds and stores A·C² numbers (3 actions and 21 columns: 12 KB,
    60: 220 KB). Choosing costs about A·C² steps (60 actions: half a millisecond), learning about C³
    (a third of one), rounds in the past nothing.

    Args:
        settings: See there.

    Attributes:
        learned: Rounds learned from.
        changes: How often a change was noticed.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.learned = 0
        self.changes = 0
        self.model = MixedRegression(
            memory=self.settings.memory,
            columns=self.settings.columns,
            arms=self.settings.actions,
        )
        self.surprise = Surprise()

    def predict(
        self, context: Mapping[str, Any], actions: Sequence[str]
    ) -> tuple[Numbers, Numbers]:
        """Expected reward of each action and the deviation of that expectation.

        Raises:
            BadRoundError: As `choose`.
        """
        check_actions(actions)
        means, variances = self.model.predict(flatten(context), actions)
        return means, np.sqrt(variances)

    def propensities(
        self,
        context: Mapping[str, Any],
        actions: Sequence[str],
        costs: Mapping[str, float] | None = None,
    ) -> tuple[Numbers, Numbers]:
        """The probability of each action, and its expected reward with costs taken off.

        Raises:
            BadRoundError: As `choose`.
        """
        means, deviations = self.predict(context, actions)
        if costs:
            means = means - np.array([costs.get(action, 0.0) for action in actions])
        width = self.settings.width_after(self.model.weight)
        chances = best_probabilities(means, width * deviations)
        return with_floor(chances, self.settings.exploration), means

    def choose(
        self,
        context: Mapping[str, Any],
        actions: Sequence[str],
        seed: int,
        costs: Mapping[str, float] | None = None,
    ) -> Choice:
        """Draw one action with the probability that it is the best.

        Args:
            context: Any mapping of names to plain values; see `models.bandit.context`.
            actions: What is allowed now; at least one, each once.
            seed: 64 random bits; the same seed chooses the same.
            costs: What an action costs, in the reward's unit; 0 where it isn't named.

        Raises:
            BadRoundError: No actions (`no_actions`), one twice (`contradictory_actions`), or a
                context that can't be used (`bad_context`, `non_finite`).
        """
        chances, means = self.propensities(context, actions, costs)
        index = draw(chances.tolist(), seed)
        return Choice(actions[index], index, float(chances[index]), chances, means)

    def learn(self, context: Mapping[str, Any], action: str, reward: float) -> None:
        """Learn what followed an action, costs not taken off.

        Raises:
            BadRoundError: Context or reward can't be used; nothing was learned.
        """
        values = flatten(context)
        [mean], [variance] = self.model.predict(values, [action])
        deviation = sqrt(float(variance) + self.model.noise)
        self.model.learn(values, action, reward)
        self.learned += 1
        if deviation > 0.0 and self.surprise.update((reward - float(mean)) / deviation):
            self.changes += 1
            self.model.forget(self.settings.kept_after_change)


def check_actions(actions: Sequence[str]) -> None:
    """Refuse what can't be chosen from.

    Raises:
        BadRoundError: No actions (`no_actions`), or one twice (`contradictory_actions`).
    """
    if not actions:
        raise BadRoundError(
            "no_actions", "there is nothing to choose from; offer one action at least"
        )
    if len(set(actions)) != len(actions):
        raise BadRoundError("contradictory_actions", "an action is offered twice; offer each once")
