"""How much each scorer of new items is to be believed: learned from each new item that came.

Each scorer spreads a probability over items. Their mixture's weights are the shares in which each
has foretold what came (one step of expectation and maximization an event), kept apart by how many
alike sessions there were to ask.

Source: O. Cappé, E. Moulines, "On-line expectation-maximization algorithm for latent data models",
Journal of the Royal Statistical Society B 71, 2009.
"""

from typing import Literal

import msgspec

Source = Literal["repeat", "sequence", "covisit", "popularity"]
"""Where a recommendation comes from: the session itself, alike sessions, what followed its last
item, or what everybody looks at."""

_BOUNDS = (0, 2, 6, 15, 40)
_PRIOR = (5.0, 3.0, 1.0)
_MEMORY = 2000.0


class Mix(msgspec.Struct, array_like=True):
    """The weights of sequence, covisit and popularity.

    Attributes:
        weights: By how many alike sessions there were: what each scorer has foretold, in events.
    """

    weights: list[list[float]]

    @classmethod
    def unknown(cls) -> "Mix":
        """Before anything was learned."""
        return cls([list(_PRIOR) for _ in range(len(_BOUNDS) + 1)])

    def shares(self, alike: int, asked: tuple[bool, bool, bool]) -> list[float]:
        """The weight of each scorer; of those that say something they sum to 1.

        Args:
            alike: How many alike sessions there were.
            asked: Whether each scorer says anything.
        """
        weights = self.weights[_level(alike)]
        found = [weight if says else 0.0 for weight, says in zip(weights, asked, strict=True)]
        total = sum(found)
        return [weight / total for weight in found] if total > 0.0 else found

    def learn(self, alike: int, foretold: tuple[float, float, float]) -> None:
        """Learn from a new item that came.

        Args:
            alike: How many alike sessions there were.
            foretold: The weight of each scorer times the probability that it gave what came. Where
                none gave any, nothing is learned.
        """
        total = sum(foretold)
        if not total > 0.0:
            return
        weights = self.weights[_level(alike)]
        for scorer, part in enumerate(foretold):
            weights[scorer] += part / total
        if sum(weights) > _MEMORY:
            weights[:] = [0.999 * weight for weight in weights]

    def check(self) -> None:
        """See that stored weights make sense.

        Raises:
            ValueError: They don't.
        """
        if [len(weights) for weights in self.weights] != [len(_PRIOR)] * (len(_BOUNDS) + 1):
            raise ValueError("weights are missing")
        if not all(0.0 <= weight <= 2 * _MEMORY for level in self.weights for weight in level):
            raise ValueError("a weight is out of range")


def _level(alike: int) -> int:
    for level, bound in enumerate(_BOUNDS):
        if alike <= bound:
            return level
    return len(_BOUNDS)
