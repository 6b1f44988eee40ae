"""People of planted kinds, whose features are drawn around what their kind is like."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.audience.clusters import Clusters
from models.decision.features import NAMES, TRAITS

Features = dict[str, float]


@dataclass
class Planted:
    """A shop with so many kinds of people.

    Attributes:
        weights: How often each kind comes.
    """

    kinds: int = 6
    seed: int = 0
    spread: float = 0.4
    weights: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self.means = [[self._random.gauss(0.0, 1.0) for _ in TRAITS] for _ in range(self.kinds)]
        self.weights = self.weights or [1.0 + number / 2.0 for number in range(self.kinds)]

    def come(self, count: int) -> Iterator[tuple[int, Features]]:
        """So many people: their kind, and their features."""
        for _ in range(count):
            kind = self._random.choices(range(self.kinds), self.weights)[0]
            drawn = (self._random.gauss(mean, self.spread) for mean in self.means[kind])
            yield kind, {"always": 1.0, **dict(zip(TRAITS, drawn, strict=True))}

    def taught(self, count: int, clusters: Clusters | None = None) -> Clusters:
        """Clusters that have learned from so many of them."""
        clusters = clusters or Clusters(self.kinds)
        for _, features in self.come(count):
            clusters.learn(features)
        return clusters


def thousandths(features: Features) -> Sequence[int]:
    """Features as a decision's moment keeps them."""
    return [round(features.get(name, 0.0) * 1_000.0) for name in NAMES]
