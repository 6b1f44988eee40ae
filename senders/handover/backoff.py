"""How long to wait before another attempt, as a pure value."""

import math
from dataclasses import dataclass
from random import Random

from senders.smtp.replies import Cause

LAST_CHANCE_SECONDS = 60.0
"""How long before a mail expires it is tried a last time, where its next turn would be later."""


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


@dataclass(frozen=True, slots=True)
class Backoffs:
    """How long to wait before another attempt, by whom the refusal was about.

    Attributes:
        other: After failures of servers and networks.
        rate: After a provider asked for less; it is slowed besides (`senders.pace.throttle`).
        greylist: Servers that greylist want 1 to 15 minutes (postgrey: 5), and forget whom they
            have seen after some hours (Exim's: 4, others: a day).
        mailbox: A full or locked mailbox is so for hours.
    """

    other: Backoff = Backoff()
    rate: Backoff = Backoff(120.0, 2.0, 3_600.0)
    greylist: Backoff = Backoff(600.0, 1.5, 3_600.0)
    mailbox: Backoff = Backoff(1_800.0, 2.0, 14_400.0)

    @classmethod
    def all_as(cls, backoff: Backoff) -> "Backoffs":
        """The same wait whatever the cause."""
        return cls(backoff, backoff, backoff, backoff)

    def seconds(
        self,
        cause: Cause,
        attempt: int,
        seed: str,
        *,
        asked: float = 0.0,
        left: float = math.inf,
    ) -> float:
        """The wait after an attempt.

        Args:
            cause: Whom the refusal was about.
            attempt: 1 for the first attempt that ended for this cause.
            seed: What tells this waiter from others.
            asked: How long the server asked to wait, seconds; 0 where it didn't.
            left: How long the mail may still be sent, seconds. What would wait beyond is tried a
                last time shortly before, or ends then.
        """
        backoff = {
            Cause.OTHER: self.other,
            Cause.RATE: self.rate,
            Cause.CONNECTIONS: self.rate,
            Cause.GREYLIST: self.greylist,
            Cause.MAILBOX: self.mailbox,
        }[cause]
        wait = backoff.seconds(attempt, seed)
        if asked > 0:
            # A moment later than asked, since clocks differ; later still if it was not enough.
            wait = max(asked * 1.1, wait) if attempt > 1 else asked * 1.1
        if wait < left - LAST_CHANCE_SECONDS:
            return wait
        last = left - LAST_CHANCE_SECONDS
        return last if last > LAST_CHANCE_SECONDS else min(wait, max(left, 0.0) + 1.0)
