"""How many codes of an offer a partition has given: the budget, counted exactly.

An offer's budget is dealt out: each journal partition has its whole number of codes, and together
they are the budget to the code. A code counts from its reservation on and stops counting when it
goes back.
"""

from typing import Final

import msgspec

from models.decay import DAY_MS
from models.errors import ProfileBytesError

WEEK_DAYS: Final = 7


class Spent(msgspec.Struct, array_like=True, frozen=True):
    """The counts of one offer in one partition.

    Attributes:
        seen_ms: The latest moment at which a decision looked for a code, epoch milliseconds: no
            code that was too old then is given later, whatever time it is.
        total: Codes given and reserved, ever.
        days: The same by day of reservation (days since 1970 in UTC), of the last seven.
    """

    seen_ms: int = 0
    total: int = 0
    days: dict[int, int] = {}

    def week(self, now_ms: int) -> int:
        """How many count in the seven days (UTC) that end with today's."""
        first = now_ms // DAY_MS - WEEK_DAYS + 1
        return sum(count for day, count in self.days.items() if day >= first)

    def seen(self, now_ms: int) -> "Spent":
        """The counts after a decision looked for a code."""
        return self if now_ms <= self.seen_ms else msgspec.structs.replace(self, seen_ms=now_ms)

    def counted(self, by: int, at_ms: int) -> "Spent":
        """The counts after a code reserved at `at_ms` was given (1) or went back (-1)."""
        day = at_ms // DAY_MS
        days = {**self.days, day: max(0, self.days.get(day, 0) + by)}
        first = max(days) - WEEK_DAYS + 1
        kept = {d: count for d, count in sorted(days.items()) if d >= first and count}
        return Spent(self.seen_ms, max(0, self.total + by), kept)


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Spent)


def to_text(spent: Spent) -> str:
    """The stored form."""
    return _encode(spent).decode()


def from_text(text: bytes | str) -> Spent:
    """What `to_text` wrote.

    Raises:
        ProfileBytesError: Damaged.
    """
    try:
        return _decoder.decode(text)
    except msgspec.MsgspecError as error:
        raise ProfileBytesError(f"the count of given codes is damaged: {error}") from error


def share(limit: int, partition: int, partitions: int) -> int:
    """How many of a budget's codes one partition may give; the first ones have what is over."""
    return limit // partitions + (partition < limit % partitions)


def reached(
    spent: Spent,
    now_ms: int,
    *,
    per_week: int | None,
    total: int | None,
    partition: int,
    partitions: int,
    taken: int = 0,
) -> bool:
    """Whether a partition's share of an offer's budget is given.

    Args:
        spent: The partition's counts.
        now_ms: The moment, epoch milliseconds.
        per_week: Most codes in seven days; None for no limit.
        total: Most codes ever; None for no limit.
        partition: The partition's number.
        partitions: How many share the budget.
        taken: Codes taken and not yet counted.
    """
    if total is not None and spent.total + taken >= share(total, partition, partitions):
        return True
    if per_week is None:
        return False
    return spent.week(now_ms) + taken >= share(per_week, partition, partitions)
