"""Whose interactions are gathered: everybody's in a small shop, a share of the people in a big one.

People are taken by a hash of their key, so that their sessions stay whole and whoever is in a
smaller share is in each larger one too. The share falls when more comes than is wanted, by so much
as came too soon, and doubles again when little does, by the journal's own time: the same journal
gives the same sample.
"""

from zlib import crc32

WINDOW_MS = 30_000
"""So long is counted before the share is looked at anew, or until too much has come."""
_ALL = 1 << 32
_MIX = 0x9E3779B1
"""Spreads what CRC leaves close together where keys are numbered (Fibonacci hashing)."""
_LEAST = 1 << 12
"""One person in a million."""
_STEEPEST = 16
"""What the share is divided by at most in one go: a moment's rush may be over."""


class Sampling:
    """The sample of one journal partition.

    Args:
        share: Largest share of the people, 0 to 1.
        per_second: Most interactions a second that are wanted, about.

    Examples:
        >>> sampling = Sampling(share=1.0, per_second=1.0)
        >>> taken = [sampling.takes(f"s-{number}", 0) for number in range(400)]
        >>> sampling.share < 0.2 and all(taken[:30])
        True
    """

    def __init__(self, share: float, per_second: float) -> None:
        self._most = self._below = int(share * _ALL)
        self._wanted = max(1, int(per_second * WINDOW_MS / 1000.0))
        self._count = 0
        self._until_ms = 0

    @property
    def share(self) -> float:
        """The share of the people that is taken now."""
        return self._below / _ALL

    def takes(self, subscriber: str, at_ms: int) -> bool:
        """Whether this person's interaction is to be gathered; counts it if so.

        Args:
            subscriber: The person's key.
            at_ms: The journal's time of the record, epoch milliseconds.
        """
        if at_ms >= self._until_ms:  # whoever it is: where few are taken, perhaps none of them come
            self._look(at_ms)
        below = self._below
        if below < _ALL and crc32(subscriber.encode()) * _MIX % _ALL >= below:
            return False
        self._count += 1
        if self._count > self._wanted:
            self._below = max(min(_LEAST, self._most), below // self._too_many(at_ms))
            self._begin(at_ms)
        return True

    def _too_many(self, at_ms: int) -> int:
        """How many times as much as is wanted comes, about: 2 to 16."""
        passed_ms = at_ms - self._until_ms + WINDOW_MS
        if passed_ms < 0:
            return 2  # a late record's time says nothing of how soon the others came
        return min(max(WINDOW_MS // max(1, passed_ms), 2), _STEEPEST)

    def _look(self, at_ms: int) -> None:
        """Take more people after a window, or several, in which half as much or less came."""
        if self._until_ms and self._count * 2 < self._wanted:
            self._below = min(self._most, self._below * 2)
        self._begin(at_ms)

    def _begin(self, at_ms: int) -> None:
        self._count, self._until_ms = 0, max(at_ms + WINDOW_MS, self._until_ms)
