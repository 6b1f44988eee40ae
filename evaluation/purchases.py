"""Who orders again, and how often? The product's purchase model beside the usual ones.

The log is passed once, in the order of time, until a day; then everybody known by then is foretold,
and what the log holds of the days after is compared. Of those days nothing is known before.
"""

import numpy as np
from numpy.typing import NDArray

from evaluation import bg_nbd
from evaluation.bg_nbd import Repeats
from evaluation.purchase_log import PurchaseLog, date_of
from evaluation.purchase_pass import Pass
from evaluation.purchases_judged import Foretold, judged
from evaluation.purchases_result import PurchasesResult
from models.decay import DAY_MS
from models.intent.history import History
from schemas.errors import StopError

Numbers = NDArray[np.float64]

MEMORY_DAYS = 91.0
"""Days after which an order weighs 1/e in the decayed sum: 13 weeks."""
_WEEK_DAYS = 7.0


class NothingToJudgeError(StopError):
    """A log has no customers before the day, or no days after it.

    Attributes:
        first, last: The log's first and last day, ISO 8601.
    """

    def __init__(self, said: str, first: str, last: str) -> None:
        self.first, self.last = first, last
        super().__init__(f"{said}: the log goes from {first} to {last}. Choose --until within it.")


def evaluate(log: PurchaseLog, until: int, horizon_days: int, *, seed: int = 0) -> PurchasesResult:
    """Learn from a log until a day, foretell the days after it, and judge.

    Args:
        log: Transactions.
        until: The last day that is learned from, in days since 1970.
        horizon_days: How many days after it are foretold; where the log ends before, fewer.
        seed: The same seed draws the same intervals.

    Raises:
        NothingToJudgeError: Nobody bought by then, or the log ends there.
    """
    first, last = log.rows[0][0], log.rows[-1][0]
    days = min(horizon_days, last - until)
    passed = Pass(log.customers)
    passed.run(log.rows, until)
    people = sorted(passed.histories)
    if days < 1 or not people:
        said = "nobody bought until then" if days >= 1 else "it holds no day after --until"
        raise NothingToJudgeError(said, date_of(first), date_of(last))
    orders = _orders(log, people, until, days)
    histories = [passed.histories[who] for who in people]
    moments = passed.moments(people)
    chances = passed.model.chances(moments, days)
    decayed = _decayed(log, people, until)
    score, baselines = judged(
        {
            "learner": Foretold(chances, passed.model.counts(moments, days), chances),
            "recency": Foretold(-moments.idle, -moments.idle),
            "decayed_sum": Foretold(decayed, decayed),
            "bg_nbd": _bg_nbd(histories, until, days),
        },
        orders,
        seed,
    )
    return PurchasesResult(
        **{name: getattr(score, name) for name in score.__dataclass_fields__},
        until=date_of(until),
        horizon_days=horizon_days,
        judged_days=days,
        customers=len(people),
        buyers=int((orders > 0.0).sum()),
        orders=int(orders.sum()),
        learned=passed.model.learned,
        baselines=baselines,
        later_customers=len({who for _, who, value in log.rows if value >= 0.0}) - len(people),
        repeated=log.repeated,
        refused=log.refused,
    )


def _orders(log: PurchaseLog, people: list[int], until: int, days: int) -> Numbers:
    """Of each, on how many of the days judged they bought."""
    bought = {(day, who) for day, who, value in log.rows if value >= 0.0 and day > until}
    counts = np.zeros(len(log.customers))
    for day, who in bought:
        if day <= until + days:
            counts[who] += 1.0
    found: Numbers = counts[people]
    return found


def _decayed(log: PurchaseLog, people: list[int], until: int) -> Numbers:
    """Of each, the days on which they bought, those long ago weighing less."""
    bought = {(day, who) for day, who, value in log.rows if value >= 0.0 and day <= until}
    sums = np.zeros(len(log.customers))
    for day, who in sorted(bought):
        sums[who] += np.exp((day - until) / MEMORY_DAYS)
    found: Numbers = sums[people]
    return found


def _bg_nbd(histories: list[History], until: int, days: int) -> Foretold:
    seen = Repeats(
        np.array([kept.orders - 1.0 for kept in histories]),
        np.array([_weeks(kept.last_ms - kept.first_ms) for kept in histories]),
        np.array([_weeks(until * DAY_MS - kept.first_ms) for kept in histories]),
    )
    model = bg_nbd.fit(seen)
    counts = model.counts(seen, days / _WEEK_DAYS)
    return Foretold(counts, counts, model.chances(seen, days / _WEEK_DAYS))


def _weeks(span_ms: float) -> float:
    return span_ms / DAY_MS / _WEEK_DAYS
