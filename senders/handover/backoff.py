"""How long to wait before another attempt, as a pure value."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff with jitter (RFC 5321, section 4.5.4.1 asks for growing intervals).

    Attributes:
        first_seconds: Upper bound of the first wait.
        factor: Growth from one wait's bound to the next.
        longest_seconds: Upper bound of any wait.
    """

    first_seconds: float = 1.0
    factor: float = 2.0
    longest_seconds: float = 900.0

    def seconds(self, attempt: int, seed: str) -> float:
        """The wait after the given attempt, between half its bound and its bound.

        Args:
            attempt: 1 for the first attempt.
            seed: What tells this waiter from others, so that they don't return all at once.
        """
        # The exponent is held small: past it the longest wait applies anyway, and floats overflow.
        bound = min(self.longest_seconds, self.first_seconds * self.factor ** min(attempt - 1, 64))
        return bound * (0.5 + 0.5 * Random(f"{seed}/{attempt}").random())
