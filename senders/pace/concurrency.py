"""How many dialogues at once a destination bears, learned from its failures; pure.

Additive increase, multiplicative decrease, after the concurrency feedback of Postfix's queue
manager (https://www.postfix.org/SCHEDULER_README.html): a window's worth of successes opens it by
one, a failure halves it. Failures of dialogues that began before the last halving say nothing new
and don't count, so that one broken moment costs one halving, however many it hit.
"""

from dataclasses import dataclass

FIRST = 5
"""The window to begin with, where the limit is higher."""
LONGEST_DELAY_SECONDS = 30.0


@dataclass(slots=True)
class Window:
    """The window of one destination.

    Attributes:
        limit: It never opens further.
        size: Dialogues it bears, a fraction included that is yet to become one.
        cut_at: When it was last halved, seconds of the caller's clock.
        failures: Attempts to connect that failed in a row.
        not_before: When the next attempt may be made.
    """

    limit: int
    size: float = 0.0
    cut_at: float = float("-inf")
    failures: int = 0
    not_before: float = float("-inf")

    def __post_init__(self) -> None:
        self.size = self.size or float(min(self.limit, FIRST))

    @property
    def allowed(self) -> int:
        """How many dialogues may be under way."""
        return max(1, int(self.size))

    def succeeded(self) -> None:
        """Count a dialogue that came to a reply."""
        self.size = min(float(self.limit), self.size + 1 / self.size)
        self.failures = 0
        self.not_before = float("-inf")

    def failed(self, began: float, now: float, *, connecting: bool) -> None:
        """Count a dialogue that broke.

        Args:
            began: When it had begun.
            now: The time.
            connecting: Whether it broke before there was a connection: then the next attempt waits,
                the longer the more failed in a row, so that a dead server isn't knocked at by every
                mail that waits for it.
        """
        if began <= self.cut_at:
            return
        self.size = max(1.0, self.size / 2)
        self.cut_at = now
        if connecting:
            self.failures += 1
            # The first failure may be one host's; only the second begins to look like an outage.
            delay = 0.0 if self.failures == 1 else 2.0 ** min(self.failures - 2, 10)
            self.not_before = now + min(LONGEST_DELAY_SECONDS, delay)
