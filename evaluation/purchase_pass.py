"""One pass over transactions in the order of time: people sampled, windows closed and learned.

Each person is looked at every four weeks from their first order on, each on days of their own. What
was seen then is held until the windows after it have closed, one by one; a window that is open when
the pass ends teaches nothing. At any moment only what has happened by then is known.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.decay import DAY_MS
from models.digests import digest
from models.intent import history
from models.intent.ahead import EDGES_DAYS
from models.intent.history import History
from models.intent.purchases import Moments, PurchaseModel

EVERY_DAYS = 28
"""How often a person is looked at."""
MOST_A_DAY = 5_000
"""People looked at on one day, at most: of more every second, or third, or so on."""

Row = tuple[int, int, float]


@dataclass(slots=True)
class _Sampled:
    """People looked at on one day, and what has become of them.

    Attributes:
        people: Their numbers.
        orders: What each had ordered when looked at; `before` when the present window began.
        window: Which window is open.
    """

    day: int
    people: list[int]
    moments: Moments
    orders: NDArray[np.int64]
    before: NDArray[np.int64]
    window: int = 0


class Pass:
    """Passes transactions and lets a model learn from them.

    Attributes:
        model: The learner.
        histories: What is kept of each person, by number; none before their first order.
        today: The next day to be passed.
    """

    def __init__(self, customers: list[str]) -> None:
        self.model = PurchaseModel(history.NAMES)
        self.histories: dict[int, History] = {}
        self.today = 0
        self._phases = [digest(name)[0] % EVERY_DAYS for name in customers]
        self._by_phase: list[list[int]] = [[] for _ in range(EVERY_DAYS)]
        self._due: defaultdict[int, list[_Sampled]] = defaultdict(list)

    def run(self, rows: Iterable[Row], until: int) -> None:
        """Pass rows in the order of their days, and learn until the end of a day.

        Args:
            rows: Day, customer and value; those of later days are not looked at.
            until: The last day.
        """
        for day, transactions in _by_day(rows, until):
            if not self.histories:
                self.today = day
            self._reach(day)
            for _, person, value in transactions:
                self._note(person, day, value)
        self._reach(until)
        self._pass_day()

    def moments(self, people: list[int]) -> Moments:
        """What is seen of people now: at the beginning of the next day to be passed."""
        return Moments.of(
            [history.inputs(self.histories[who], self.today * DAY_MS) for who in people]
        )

    def _reach(self, day: int) -> None:
        while self.today < day:
            self._pass_day()

    def _pass_day(self) -> None:
        """End a day: what closes with it is learned, then people are looked at."""
        self.today += 1
        for sampled in self._due.pop(self.today, ()):
            self._close(sampled)
        if people := self._drawn():
            orders = self._orders(people)
            moments = self.moments(people)
            self._await(_Sampled(self.today, people, moments, orders, orders))

    def _drawn(self) -> list[int]:
        turn, phase = divmod(self.today, EVERY_DAYS)
        people = self._by_phase[phase]
        step = -(-len(people) // MOST_A_DAY) or 1
        return people[turn % step :: step]

    def _await(self, sampled: _Sampled) -> None:
        if sampled.window + 1 < len(EDGES_DAYS):
            closes = sampled.day + int(EDGES_DAYS[sampled.window + 1])
            self._due[closes].append(sampled)

    def _close(self, sampled: _Sampled) -> None:
        orders, at = self._orders(sampled.people), sampled.window
        window = EDGES_DAYS[at], EDGES_DAYS[at + 1]
        counts = (orders - sampled.before).astype(np.float64)
        self.model.learn(sampled.moments, window, counts, sampled.before == sampled.orders)
        sampled.before, sampled.window = orders, at + 1
        self._await(sampled)

    def _orders(self, people: list[int]) -> NDArray[np.int64]:
        return np.array([self.histories[who].orders for who in people], dtype=np.int64)

    def _note(self, person: int, day: int, value: float) -> None:
        kept = self.histories.get(person)
        if value < 0.0:
            if kept is not None:
                kept.refund(-value)
            return
        if kept is None:
            kept = self.histories[person] = History()
            self._by_phase[self._phases[person]].append(person)
        kept.order(day * DAY_MS, value)


def _by_day(rows: Iterable[Row], until: int) -> Iterator[tuple[int, list[Row]]]:
    one: list[Row] = []
    for row in rows:
        if row[0] > until:
            break
        if one and row[0] != one[0][0]:
            yield one[0][0], one
            one = []
        one.append(row)
    if one:
        yield one[0][0], one
