"""What came of foretelling orders: ranking, counts, totals, calibration, and intervals."""

from dataclasses import dataclass, field

from evaluation.estimators import Interval


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the customers, by the chance they were given.

    Attributes:
        chance: Mean chance; `bought` the share that did order.
        expected_orders: Mean; `orders` what came, mean.
    """

    customers: int
    chance: float
    bought: float
    expected_orders: float
    orders: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well chances say how often.

    Attributes:
        slope: Of the right log-odds on those said: 1 is right, below 1 they were too far apart.
        intercept: 0 is right, above 0 they were too low.
        tenths: From the least likely to the likeliest.
    """

    slope: float | None
    slope_ci95: Interval | None
    intercept: float | None
    intercept_ci95: Interval | None
    tenths: list[Tenth]


@dataclass(frozen=True, slots=True)
class Score:
    """How well one model foretold; None where the log doesn't define a figure.

    Attributes:
        will_buy_auc: Chance that of a buyer and another the buyer was ranked higher.
        count_correlation: Pearson's, of orders expected and orders that came.
        predicted_by_actual: Orders expected in all over those that came.
        top_decile_lift: Buyers in the tenth ranked highest, against as many at random.
    """

    will_buy_auc: float | None
    will_buy_auc_ci95: Interval | None
    count_correlation: float | None
    count_correlation_ci95: Interval | None
    predicted_by_actual: float | None
    predicted_by_actual_ci95: Interval | None
    top_decile_lift: float | None
    top_decile_lift_ci95: Interval | None
    calibration: Calibration | None


@dataclass(frozen=True, slots=True)
class Baseline(Score):
    """How well another model foretold, and how much better the learner ranked.

    Attributes:
        auc_gain: The learner's AUC less this one's, on the same customers.
        auc_gain_ci95: From the same draws of customers, so narrower than theirs suggest.
    """

    auc_gain: float | None
    auc_gain_ci95: Interval | None


@dataclass(frozen=True, slots=True)
class PurchasesResult(Score):
    """How well the product's model foretold, and the others.

    Attributes:
        until: The last day that was learned from; `horizon_days` as asked.
        judged_days: As many of them as the log covers.
        customers: Known by then; `buyers` those who ordered in the judged days, `orders` how often.
        learned: Windows of people that were learned from.
        baselines: By name.
        later_customers: First seen after `until`, and left out.
        repeated: Lines that stood there before and count once.
        refused: By reason, how many lines gave no transaction.
    """

    until: str
    horizon_days: int
    judged_days: int
    customers: int
    buyers: int
    orders: int
    learned: int
    baselines: dict[str, Baseline] = field(default_factory=dict)
    later_customers: int = 0
    repeated: int = 0
    refused: dict[str, int] = field(default_factory=dict)
