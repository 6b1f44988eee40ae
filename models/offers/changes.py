"""What became of a partition's codes since the last write; it travels in the next one."""

from collections import Counter
from dataclasses import dataclass, field

from models.offers.code import Known
from models.offers.spent import Spent


@dataclass(slots=True)
class Changes:
    """Changes of a pool.

    Attributes:
        codes: The new state by code; None forgets it.
        free: By place among the free ones (`models.offers.code.member`), whether it is there.
        spent: New counts by offer.
        counts: How many codes were loaded, reserved, released, given, redeemed, withdrawn or
            refused, by offer and change; for the metrics.
    """

    codes: dict[str, Known | None] = field(default_factory=dict)
    free: dict[str, bool] = field(default_factory=dict)
    spent: dict[str, Spent] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.codes) + len(self.free) + len(self.spent)
