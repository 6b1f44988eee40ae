"""Noticing that the world has changed: rewards that stay below what was predicted.

What looked best and no longer is, disappoints. A cumulative sum of disappointments, held at 0 from
below, tells that from chance. Pleasant surprises are no alarm: they come of having learned to
choose well from predictions that are held towards what is common.

Beside River, because `drift.PageHinkley` asks whether a mean has moved from where it was: the first
predictions, made from little, would raise alarms later. A surprise's mean is 0 while nothing has
changed, so there is nothing to learn it from.

Source: E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954.
"""

from dataclasses import dataclass

ALLOWANCE = 0.1
"""Deviations that are let pass, each time."""
THRESHOLD = 50.0
"""Where the sum raises the alarm. With the allowance: by chance about once in a million rounds, and
within about 200 rounds where rewards fall short by a third of a deviation."""
_LIMIT = 5.0


@dataclass(slots=True)
class Surprise:
    """Sums up disappointments.

    Attributes:
        below: How far rewards were below predictions, in deviations, beyond the allowance.
    """

    below: float = 0.0

    def update(self, surprise: float) -> bool:
        """Add a surprise and say whether this is a change; the sum then begins again.

        Args:
            surprise: Reward less prediction, in deviations; held within ±5.
        """
        held = min(max(surprise, -_LIMIT), _LIMIT)
        self.below = max(0.0, self.below - held - ALLOWANCE)
        if self.below <= THRESHOLD:
            return False
        self.below = 0.0
        return True
