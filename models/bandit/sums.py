"""What was learned of each arm, as sums: all that the posteriors of a linear model need."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums by arm.

    Attributes:
        squares: By arm, the sum of each column times each other.
        products: By arm, the sum of each column times the reward.
        rewards: By arm, the sum of rewards; `energy` of their squares.
        counts: By arm, the rounds behind it; what was half forgotten counts half.
    """

    squares: Numbers
    products: Numbers
    rewards: Numbers
    energy: Numbers
    counts: Numbers

    def add(self, arm: int, columns: Numbers, reward: float) -> None:
        """Add a round; columns past those given were 0 in it."""
        width = len(columns)
        self.squares[arm, :width, :width] += np.outer(columns, columns)
        self.products[arm, :width] += reward * columns
        self.rewards[arm] += reward
        self.energy[arm] += reward * reward
        self.counts[arm] += 1.0

    def scale(self, share: float) -> None:
        """Let all of it weigh only this share."""
        for kept in (self.squares, self.products, self.rewards, self.energy, self.counts):
            np.multiply(kept, share, out=kept)

    def clear(self, arm: int) -> None:
        """Forget one arm."""
        for kept in (self.squares, self.products, self.rewards, self.energy, self.counts):
            kept[arm] = 0.0

    def turned(self, weights: Numbers) -> "Sums":
        """The same of other columns, each a weighted sum of these; their weights by column."""
        return Sums(
            weights.T @ self.squares @ weights,
            self.products @ weights,
            self.rewards,
            self.energy,
            self.counts,
        )

    def grown(self, arms: int, columns: int) -> "Sums":
        """The same with room for more."""
        return Sums(
            grown(self.squares, (arms, columns, columns)),
            grown(self.products, (arms, columns)),
            grown(self.rewards, (arms,)),
            grown(self.energy, (arms,)),
            grown(self.counts, (arms,)),
        )


def grown(old: Numbers, shape: tuple[int, ...], fill: float = 0.0) -> Numbers:
    """A larger array with the old one in its first corner."""
    new = np.full(shape, fill)
    new[tuple(slice(0, size) for size in old.shape)] = old
    return new
