"""Adding outcomes up by group: what was sent, what came of it, and how sure that is. Pure.

Corrections are added to the outcome they are about, wherever that was counted; repeats of a record
count once.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

from models.feedback.corrections import CORRECT

EVERYBODY: Final = "all"
NONE: Final = "(none)"
_Z: Final = 1.96
"""Standard errors on either side that 95 % of estimates lie within."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sums:
    """What came of a group's decisions, a week after each.

    Attributes:
        group: Its name.
        decisions: Decisions to send or to hold whose window has closed.
        mails: Mails that were accepted.
        clicked: Of those, how many were clicked; `clicked_share` of the mails, `clicked_within` its
            95 % interval (Wilson's).
        orders: Orders credited to the mails, and their revenue.
        left: Decisions in whose window the person left the list or complained.
        value: Mean net value of a decision's window, mailed or held; `value_within` its 95 %
            interval.
    """

    group: str
    decisions: int
    mails: int
    clicked: int
    clicked_share: float | None
    clicked_within: Interval | None
    orders: int
    revenue: float
    left: int
    value: float
    value_within: Interval


class OutcomeSums:
    """Gathers outcomes; about 150 bytes of memory for each.

    Attributes:
        strays: Corrections whose outcome wasn't among those added.
    """

    def __init__(self) -> None:
        self.strays = 0
        self._at: dict[bytes, int] = {}
        self._corrected: set[tuple[int, str]] = set()
        self._groups: list[tuple[str, ...]] = []
        self._known: dict[tuple[str, ...], int] = {}
        self._group = array("I")
        self._accepted, self._left = array("b"), array("b")
        self._clicks, self._orders = array("i"), array("i")
        self._revenue, self._value = array("d"), array("d")

    def add(self, record: Mapping[str, Any], groups: Sequence[str]) -> None:
        """Add an outcome, in each of some groups.

        Args:
            record: As in `schemas/avro/outcome.avsc`; no correction.
            groups: Their names; none for none.
        """
        identity = record["decision_id"].encode()
        if identity in self._at:
            return
        self._at[identity] = len(self._group)
        names = tuple(groups) or (NONE,)
        number = self._known.setdefault(names, len(self._groups))
        if number == len(self._groups):
            self._groups.append(names)
        self._group.append(number)
        self._accepted.append(record["accepted"])
        self._left.append(record["unsubscribed"] or record["complained"])
        self._clicks.append(record["clicks"])
        self._orders.append(record["attributed_purchases"])
        self._revenue.append(record["attributed_revenue"])
        self._value.append(record["reward"])

    def correct(self, record: Mapping[str, Any]) -> None:
        """Add a correction to its outcome."""
        at = self._at.get(record["decision_id"].encode())
        if at is None:
            self.strays += 1
            return
        if (told := (at, record["corrects"])) in self._corrected:
            return
        self._corrected.add(told)
        self._accepted[at] |= record["accepted"]
        self._left[at] |= record["unsubscribed"] or record["complained"]
        self._clicks[at] += record["clicks"]
        self._orders[at] += record["attributed_purchases"]
        self._revenue[at] += record["attributed_revenue"]
        self._value[at] += record["reward"]

    def sums(self) -> list[Sums]:
        """The groups, those with most decisions first, and everybody last."""
        members: dict[str, list[int]] = {}
        for at, number in enumerate(self._group):
            for name in self._groups[number]:
                members.setdefault(name, []).append(at)
        found = [self._sum(name, places) for name, places in members.items()]
        found.sort(key=lambda row: (-row.decisions, row.group))
        return [*found, self._sum(EVERYBODY, range(len(self._group)))] if found else []

    def _sum(self, group: str, places: Sequence[int]) -> Sums:
        mails = [at for at in places if self._accepted[at]]
        clicked = sum(1 for at in mails if self._clicks[at] > 0)
        value, within = _mean([self._value[at] for at in places])
        return Sums(
            group=group,
            decisions=len(places),
            mails=len(mails),
            clicked=clicked,
            clicked_share=clicked / len(mails) if mails else None,
            clicked_within=wilson(clicked, len(mails)) if mails else None,
            orders=sum(self._orders[at] for at in mails),
            revenue=sum(self._revenue[at] for at in mails),
            left=sum(1 for at in places if self._left[at]),
            value=value,
            value_within=within,
        )


def outcomes_by(
    records: Iterable[Mapping[str, Any]], by: str, *, flow: str | None, since_ms: int
) -> OutcomeSums:
    """Gather outcomes by group.

    Args:
        records: `outcome` records, a decision's corrections after its outcome.
        by: `segment`, `flow`, `arm` or `cluster`.
        flow: Only this flow's; None for all.
        since_ms: Only decisions from then on, epoch milliseconds.
    """
    gathered = OutcomeSums()
    left_out: set[str] = set()
    for record in records:
        if record["action"] == CORRECT:
            if record["decision_id"] not in left_out:
                gathered.correct(record)
        elif (
            record["action"] != "wait"
            and record["decided_at"] >= since_ms
            and flow in (None, record["flow"])
        ):
            gathered.add(record, list(_groups(record, by)))
        else:
            left_out.add(record["decision_id"])
    return gathered


def _groups(record: Mapping[str, Any], by: str) -> Iterator[str]:
    if by == "segment":
        yield from record["segments"]
    elif by == "cluster":
        if record["cluster"] >= 0:
            yield str(record["cluster"])
    elif by == "arm":
        yield f"{record['flow']} {record['arm']}"
    else:
        yield record["flow"]


def wilson(successes: int, trials: int) -> Interval:
    """The 95 % interval of a share.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22, 1927.

    Args:
        successes: At most `trials`.
        trials: At least 1.

    Examples:
        >>> low, high = wilson(5, 100)
        >>> round(low, 3), round(high, 3)
        (0.022, 0.112)
    """
    share, spread = successes / trials, _Z * _Z / trials
    centre = share + spread / 2
    half = _Z * sqrt((share * (1 - share) + spread / 4) / trials)
    low, high = (centre - half) / (1 + spread), (centre + half) / (1 + spread)
    return max(0.0, min(low, share)), min(1.0, max(high, share))  # rounding keeps the share within


def _mean(values: Sequence[float]) -> tuple[float, Interval]:
    """A mean and its 95 % interval, by the normal distribution; of one value, from it to it."""
    count, mean = len(values), sum(values) / max(1, len(values))
    squares = sum((value - mean) ** 2 for value in values)
    error = sqrt(squares / (count - 1) / count) if count > 1 else 0.0
    return mean, (mean - _Z * error, mean + _Z * error)
