"""What a run came to: counts and money by week, and value by person."""

from collections import defaultdict

from models.learning.linear import log_odds_of
from models.step import Record
from simulation.calibration import Calibration, Tally

FIGURES = (
    "expected_value",
    "realised_value",
    "expected_clicks",
    "best_hour_clicks",
    "expected_orders",
    "expected_unsubscribes",
    "decisions",
    "free_decisions",
    "mails",
    "offers",
    "clicks",
    "machine_clicks",
    "orders",
    "orders_by_mail",
    "revenue",
    "discount",
    "unsubscribes",
    "complaints",
    "drifts",
)
"""All figures, each summed over people: values in the shop's currency, the rest counts.

`expected_…` are sums of true probabilities over the mails sent; `expected_value` is against sending
nothing. `realised_value` has unasked orders in it. `best_hour_clicks` is what `expected_clicks`
would be if each mail arrived at the best hour of its reader's day. `drifts` is how often one of the
policy's beliefs was found to no longer hold.
"""


class Books:
    """Figures by week and values by person.

    Args:
        people: How many people there are.
        weeks: How many weeks are told apart; what comes later counts for the last.

    Attributes:
        calibration: What decisions expected and what became of it, by half of the run.
        buys_soon: The chance of an order within 7 days that was said of people at sampled moments,
            and whether one came, by half of the run in which that was told.
    """

    def __init__(self, people: int, weeks: int) -> None:
        self.weeks: list[dict[str, float]] = [dict.fromkeys(FIGURES, 0.0) for _ in range(weeks)]
        self.expected = [0.0] * people
        self.realised = [0.0] * people
        # By week and flow: decisions that had a choice, and those of them that sent.
        self.volume: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
        self.calibration = (Calibration(), Calibration())
        self.buys_soon = (Tally(), Tally())

    def week(self, day: int) -> int:
        """The week a day of the run belongs to, from 0."""
        return min(day // 7, len(self.weeks) - 1)

    def expectations(self, day: int) -> Calibration:
        """Where what is expected on a day is compared with what becomes of it."""
        return self.calibration[2 * self.week(day) >= len(self.weeks)]

    def foretold(self, day: int, label: Record) -> None:
        """Compare what was said of a person at a sampled moment with what followed."""
        chance = min(max(label["expected"], 5e-4), 1.0 - 5e-4)  # thousandths are kept
        bought = label["orders"][0] > 0
        half = 2 * self.week(day) >= len(self.weeks)
        self.buys_soon[half].note(log_odds_of(chance), float(bought), happened=bought)

    def count(self, day: int, figure: str, amount: float = 1.0) -> None:
        """Add to a figure."""
        self.weeks[self.week(day)][figure] += amount

    def earn(self, day: int, person: int, amount: float) -> None:
        """Add to the realised value of a person."""
        self.realised[person] += amount
        self.count(day, "realised_value", amount)

    def expect(self, day: int, person: int, amount: float) -> None:
        """Add to the expected value of a person."""
        self.expected[person] += amount
        self.count(day, "expected_value", amount)

    def total(self, figure: str) -> float:
        """A figure over all weeks."""
        return sum(week[figure] for week in self.weeks)
