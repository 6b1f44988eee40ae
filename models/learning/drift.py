"""Noticing that a belief no longer holds: whether the weight of any of its inputs has moved.

For each input two sums, one for either way, of how much likelier what happened would be had its
weight moved by `shift`: Page's sums of log-likelihood ratios, held at 0 from below. While the
belief is right, a ratio is 1 in expectation however rare success is (at most 1 for a share), so by
chance a sum passes the threshold at most once in e^threshold observations of its input, and in
practice far more rarely, since sums fall between successes.

Beside River's `drift`, whose detectors ask whether the mean of one stream left where it was. Here
the mean is known (it is what the belief expects, another for every mail), so there is nothing to
learn it from, and one stream of all mails doesn't see that some arms gained what others lost.
Residuals of rare successes are so skewed that no one limit fits beliefs of 2 % and of .2 %. And of
`ADWIN` the state can't be had as numbers, while `KSWIN` draws at random. `PageHinkley` on
standardised residuals was measured: where it raises as few false alarms it is slower, and mostly
blind to arms that moved against each other (docs/decisions/0317).

Sources: E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954; G. Lorden, "Procedures
for reacting to a change in distribution", Annals of Mathematical Statistics 42, 1971.
"""

from collections.abc import Mapping
from math import expm1, log1p

from river import base

Sums = dict[str, tuple[float, float]]
"""By input: evidence that its weight has risen, and that it has fallen."""

_MOST = 2.0
"""Log-odds by which one observation's chance is moved at most: no single one raises an alarm."""


class Watch(base.DriftDetector):  # type: ignore[misc]
    """Watches one belief, by River's verbs: `update`, then `drift_detected`.

    Args:
        shift: The change looked for, in log-odds for an amount of 1, above 0.
        threshold: Where a sum raises the alarm, above 2.
        most: Most inputs watched; those beyond them are passed over.

    Attributes:
        sums: All there is to store; empty again after an alarm.
        moved: The input that raised the last alarm.

    Examples:
        >>> watch = Watch()
        >>> for _ in range(10):
        ...     watch.update({"cart": 1.0}, 0.02, 1.0)
        ...     if watch.drift_detected:
        ...         break
        >>> watch.drift_detected, watch.moved
        (True, 'cart')
    """

    def __init__(self, shift: float = 1.0, threshold: float = 9.0, most: int = 4_096) -> None:
        super().__init__()
        self.shift = shift
        self.threshold = threshold
        self.most = most
        self.sums: Sums = {}
        self.moved = ""

    def update(self, x: Mapping[str, float], expected: float, target: float) -> None:
        """Take what a belief expected and what happened.

        Args:
            x: Amounts by input, finite.
            expected: The chance the belief gave it, 0 to 1.
            target: What happened, 0 to 1.
        """
        self._drift_detected = False
        sums, highest, moved = self.sums, 0.0, ""
        for name, amount in x.items():
            known = sums.get(name)
            if known is None:
                if len(sums) >= self.most:
                    continue
                known = (0.0, 0.0)
            by = min(max(self.shift * amount, -_MOST), _MOST)
            up = max(0.0, known[0] + target * by - log1p(expected * expm1(by)))
            down = max(0.0, known[1] - target * by - log1p(expected * expm1(-by)))
            sums[name] = (up, down)
            if max(up, down) > highest:
                highest, moved = max(up, down), name
        if highest > self.threshold:
            self._drift_detected, self.moved = True, moved
            self.sums = {}  # they were about the belief as it was
