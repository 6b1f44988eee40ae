"""What one step asks of its partition's codes and does to them; nothing holds before it is through.

A step that fails must leave no code taken, and one that is stepped again, because a later record of
its batch failed, must be told the same as at first. So the desk notes answers and deeds, and the
pool changes when the step is through.
"""

from collections.abc import Sequence
from typing import NamedTuple

from models.offers.code import Ending
from models.offers.pool import Pool
from models.offers.window import Place
from models.programme.flow_parts import Offer

OFFER_ENDED = "offer_ended"
CODE_BUDGET = "code_budget"
NO_CODE = "no_code"


class Answer(NamedTuple):
    """What a decision was told of an offer.

    Attributes:
        fence: Why it can't have a code, as a fence's code; empty where it can.
        code: The code it would give; empty where there is none.
        expires_ms: When that one expires, epoch milliseconds.
    """

    fence: str
    code: str = ""
    expires_ms: int = 0


class Desk:
    """A partition's desk, used by one step after the other.

    Args:
        pool: The partition's codes.

    Attributes:
        used: Whether the step at hand asked or did anything.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.used = False
        self._asked: list[tuple[str, int, Answer]] = []
        self._taken: list[tuple[str, Place, str, int]] = []
        self._ended: list[Ending] = []

    def ask(self, offer: Offer, now_ms: int) -> Answer:
        """The code of an offer that a decision may give.

        Args:
            offer: One with codes.
            now_ms: The moment, epoch milliseconds.
        """
        self.used = True
        taken = [place[1] for name, place, _, _ in self._taken if name == offer.name]
        if self._pool.spent(offer, now_ms, len(taken)):
            answer = Answer(CODE_BUDGET)
        elif (place := self._pool.next(offer, now_ms, taken)) is None:
            answer = Answer(NO_CODE)
        else:
            answer = Answer("", place[1], place[0])
        self._asked.append((offer.name, now_ms, answer))
        return answer

    def reserve(self, offer: str, place: Place, decision_id: str, at_ms: int) -> None:
        """Take the code that was last told of an offer, for a decision."""
        self._taken.append((offer, place, decision_id, at_ms))

    def ended(self, ending: Ending) -> None:
        """Tell what became of a mail that carries a code."""
        self.used = True
        self._ended.append(ending)

    def settle(self) -> Sequence[Answer]:
        """The step is through: everything holds. Returns what it was told, for `Repeated`."""
        for name, now_ms, _ in self._asked:
            self._pool.looked(name, now_ms)
        for taken in self._taken:
            self._pool.reserve(*taken)
        for ended in self._ended:
            self._pool.end(ended)
        answers = [answer for _, _, answer in self._asked]
        self.drop()
        return answers

    def drop(self) -> None:
        """The step failed: nothing of it holds."""
        self.used = False
        self._asked = []
        self._taken = []
        self._ended = []


class Repeated(Desk):
    """A desk for a step that is stepped again: it is told the same, and changes nothing.

    Args:
        answers: What it was told, in order.
    """

    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__(Pool())
        self._answers = iter(answers)

    def ask(self, offer: Offer, now_ms: int) -> Answer:
        """The same answer as at first."""
        del offer, now_ms
        return next(self._answers, Answer(NO_CODE))
