"""A partition's codes in memory as Redis holds them, and what a lane does with them."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

from models.offers import code as codes
from models.offers.code import Ending, Known
from models.offers.desk import Answer, Desk
from models.offers.pool import Pool
from models.offers.spent import Spent, from_text, to_text
from models.programme.flow_parts import Offer

SIZE = 3
"""Codes read at once: few, so that windows run short."""

GIFT = Offer("gift", 10.0, codes=True, code_life_ms=100)
WEEKLY = Offer("weekly", 10.0, codes=True, code_life_ms=50, codes_per_week=3, codes_total=5)
OFFERS = {offer.name: offer for offer in (GIFT, WEEKLY)}


@dataclass
class Store:
    """What is written: codes, the free ones in order, counts."""

    codes: dict[str, bytes] = field(default_factory=dict)
    free: set[str] = field(default_factory=set)
    spent: dict[str, str] = field(default_factory=dict)

    def known(self, code: str) -> Known:
        return codes.from_bytes(self.codes[code])

    def states(self) -> dict[str, str]:
        return {code: self.known(code).state for code in self.codes}


@dataclass
class Keeper:
    """A lane's handling of a pool, over a store that outlives it."""

    store: Store = field(default_factory=Store)
    offers: dict[str, Offer] = field(default_factory=lambda: dict(OFFERS))
    partition: int = 0
    partitions: int = 1
    on_commit: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin from what is written, as a process that takes the partition over."""
        spent: dict[str, Spent] = {n: from_text(text) for n, text in self.store.spent.items()}
        self.pool = Pool(self.partition, self.partitions, self.offers, spent)
        self.desk = Desk(self.pool)

    def know(self, *wanted: str) -> None:
        """Read what is known of codes; only right after a commit."""
        found = {code: self.store.known(code) for code in wanted if code in self.store.codes}
        self.pool.know(found)

    def commit(self) -> None:
        """Write what has changed."""
        self.on_commit()
        self.store = self.view()
        self.pool.begin()

    def view(self) -> Store:
        """What would stand in the store if everything were written."""
        store, changes = deepcopy(self.store), self.pool.changes
        for code, known in changes.codes.items():
            if known is None:
                store.codes.pop(code, None)
            else:
                store.codes[code] = codes.to_bytes(known)
        for place, there in changes.free.items():
            (store.free.add if there else store.free.discard)(place)
        store.spent |= {offer: to_text(spent) for offer, spent in changes.spent.items()}
        return store

    def refill(self, now_ms: int) -> None:
        """Fill the windows if they run short."""
        if now_ms <= self.pool.good_until_ms:
            return
        self.commit()
        for offer, from_ms in self.pool.wanted(now_ms).items():
            low, high = codes.span(offer, from_ms)
            found = sorted(place for place in self.store.free if low <= place < high)
            places = [codes.place(place) for place in found[:SIZE]]
            self.pool.fill(offer, places, from_ms, len(found))

    def decide(self, offer: Offer, decision_id: str, now_ms: int) -> Answer:
        """Decide with an offer, taking its code where there is one."""
        self.refill(now_ms)
        answer = self.desk.ask(offer, now_ms)
        if answer.code:
            self.desk.reserve(offer.name, (answer.expires_ms, answer.code), decision_id, now_ms)
        self.desk.settle()
        return answer

    def load(self, offer: str, *loaded: tuple[str, int]) -> None:
        """Load codes, each with its expiry."""
        self.commit()
        self.know(*(code for code, _ in loaded))
        self.pool.load(offer, [{"code": code, "expires_at": at} for code, at in loaded])

    def withdraw(self, offer: str, *named: str) -> None:
        """Have codes given no more."""
        self.commit()
        self.know(*named)
        self.pool.withdraw(offer, [{"code": code} for code in named])

    def end(self, code: str, decision_id: str, *, seen: bool) -> None:
        """Tell of a mail's ending."""
        self.commit()
        self.know(code)
        self.desk.ended(Ending(code, decision_id, 0, seen))
        self.desk.settle()

    def redeem(self, code: str) -> None:
        """Have an order placed with a code."""
        self.commit()
        self.know(code)
        self.pool.redeem("gift", code)
