"""All shoppers together: a calendar of what they do next, advanced by the driven clock.

Pure and seeded: the same seed and the same mails at the same times give the same actions.
"""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from deploy.demo.actions import Action, Complain, Confirm, Emit, FollowLink, Letter, Unsubscribe
from deploy.demo.around import around
from deploy.demo.catalog import Record, make_catalog
from deploy.demo.mistakes import make_bad
from deploy.demo.people import DAY_MS, Mailbox, Shopper, make_shopper
from deploy.demo.visits import Shop, visit

START_MS: Final = 1_767_571_200_000
"""Monday, 5 January 2026, midnight UTC: the first moment of every driven run."""

EVENTS_PER_VISIT: Final = 6.3
"""Mean over all habits, measured; a test holds a run to its target."""
_SPARE: Final = 1.11
_LOST_DAYS: Final = 1.5
"""What waiting for the first visit and not beginning late ones costs, on average."""
_DELIVERED: Final = 40
_BAD: Final = 0.003
_REPEATED: Final = 0.01
_LATE: Final = 0.01
_FATIGUE_MS: Final = 7 * DAY_MS
_BY_MAIL: Final = 0.15
"""Share of shoppers whose opt-in is confirmed by our mail, not by a page of the shop."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a run is.

    Attributes:
        shoppers: How many.
        events: About how many events they emit together; over three weeks and more, at least.
        days: Simulated days.
        seed: Of all chance.
    """

    shoppers: int = 2_000
    events: int = 100_000
    days: float = 21.0
    seed: int = 1


class Shoppers:
    """The shoppers of one run.

    Args:
        size: How many, how busy, and by what chance.
        start_ms: The first moment, epoch milliseconds.

    Attributes:
        catalog: What they can buy.
        told: All that the shop tells of it: products, categories, articles, reviews.
        people: The shoppers by number.
    """

    def __init__(self, size: Size, start_ms: int = START_MS) -> None:
        self.size = size
        self.catalog: dict[str, Record] = make_catalog(size.seed, start_ms)
        self.told = self.catalog | around(self.catalog, start_ms)
        self.people: list[Shopper] = [
            make_shopper(size.seed, n, _BY_MAIL) for n in range(size.shoppers)
        ]
        self.end_ms = start_ms + int(size.days * DAY_MS)
        guides = {r["category"]: r for r in self.told.values() if r["kind"] == "article"}
        self._shop = Shop(self.catalog, guides)
        shown = (*self.catalog.values(), *guides.values())
        self._by_url = {record["url"]: record for record in shown}
        self._by_address = {shopper.address: shopper for shopper in self.people}
        # The calendar: due time, a number that keeps the order of planning, what to do.
        self._calendar: list[tuple[int, int, Action | _Visit | _Read]] = []
        self._ties = count()
        self._flaws = count()
        self._rng = random.Random(f"flaws/{size.seed}")
        visits_per_day = sum(s.habits.sessions_per_day for s in self.people)
        wanted = size.events * _SPARE / EVENTS_PER_VISIT
        self._scale = wanted / (visits_per_day * max(0.5, size.days - _LOST_DAYS))
        for shopper in self.people:
            self._plan_visit(shopper, start_ms)

    def advance(self, until_ms: int) -> Iterator[Action]:
        """Yield what is done up to `until_ms`, in order of time.

        Following a link may add to what is still to come before `until_ms` (see `landed`).
        """
        while self._calendar and self._calendar[0][0] <= until_ms:
            at_ms, _, planned = heapq.heappop(self._calendar)
            if isinstance(planned, _Visit):
                self._visit(planned, at_ms)
            elif isinstance(planned, _Read):
                self._read(planned, at_ms)
            else:
                yield planned

    def receive(self, address: str, letter: Letter) -> Shopper | None:
        """Put a mail into a shopper's inbox; None where nobody has the address."""
        shopper = self._by_address.get(address)
        reaches = shopper is not None and shopper.mailbox is Mailbox.FINE
        if shopper is not None and reaches and shopper.rng.random() < shopper.habits.reads:
            self._plan(shopper.reading_ms(letter), _Read(shopper.number, letter))
        return shopper

    def landed(self, follow: FollowLink, url: str) -> None:
        """Tell where a followed link led: the visit there begins."""
        page = self._by_url.get(url.partition("?")[0].rstrip("/"))
        self._plan(follow.at_ms + 1_000, _Visit(follow.shopper, page, by_mail=True))

    def restock(self, at_ms: int) -> list[Record]:
        """Have what is sold out in stock again; gives the records that tell of it."""
        came = [product for product in self.catalog.values() if not product["stock"]]
        for product in came:
            product |= {"stock": _DELIVERED, "updated_at": at_ms}
        return came

    def mailbox_of(self, address: str) -> Mailbox:
        """What becomes of mail to an address; that of nobody we know is fine."""
        shopper = self._by_address.get(address)
        return Mailbox.FINE if shopper is None else shopper.mailbox

    def confirmed(self, shopper: int) -> None:
        """Tell that an opt-in was confirmed."""
        self.people[shopper].confirmed()

    def unsubscribed(self, shopper: int) -> None:
        """Tell that an unsubscription was acknowledged."""
        self.people[shopper].consented = False

    def _plan(self, at_ms: int, what: "Action | _Visit | _Read") -> None:
        heapq.heappush(self._calendar, (at_ms, next(self._ties), what))

    def _plan_visit(self, shopper: Shopper, after_ms: int) -> None:
        at_ms = shopper.next_visit_ms(after_ms, self._scale)
        # Nobody begins a visit that the run would not see the end of.
        if at_ms < self.end_ms - 3 * 3_600_000:
            self._plan(at_ms, _Visit(shopper.number))

    def _visit(self, planned: "_Visit", at_ms: int) -> None:
        shopper = self.people[planned.shopper]
        events = list(visit(shopper, self._shop, at_ms, planned.landing))
        last_ms = events[-1].at_ms
        begins = shopper.habits.starts_anonymous
        if begins is not None and not shopper.introduced and shopper.visits > begins:
            events += shopper.introduce(last_ms + 5_000)
        elif shopper.consented and shopper.rng.random() < shopper.habits.withdraws:
            events.append(shopper.withdraw(last_ms + 5_000))
        for event in events:
            self._send(event)
        if not planned.by_mail:
            self._plan_visit(shopper, last_ms + 60_000)

    def _send(self, event: Emit) -> None:
        """Plan the sending of an event: late, twice, or in bad company now and then."""
        rng = self._rng
        if event.name == "browse" and rng.random() < _LATE:
            event = replace(event, at_ms=event.at_ms + rng.randint(60_000, 4 * 3_600_000))
        self._plan(event.at_ms, event)
        if rng.random() < _REPEATED:
            again = replace(event, at_ms=event.at_ms + rng.randint(1, 5_000), repeat=True)
            self._plan(again.at_ms, again)
        if rng.random() < _BAD:
            self._plan(event.at_ms, make_bad(event.at_ms, next(self._flaws)))

    def _read(self, planned: "_Read", at_ms: int) -> None:
        shopper, letter = self.people[planned.shopper], planned.letter
        rng, habits = shopper.rng, shopper.habits
        recent = [t for t in shopper.read_at_ms if t > at_ms - _FATIGUE_MS]
        shopper.read_at_ms = [*recent, at_ms][-10:]
        fatigue = 1.0 + 0.5 * len(recent)
        if not letter.unsubscribe_url:
            if shopper.by_mail and (url := letter.confirms()):
                self._plan(at_ms, Confirm(at_ms, shopper.number, letter.decision_id, url))
        elif shopper.complains:
            shopper.complains = False
            self._plan(at_ms, Complain(at_ms, shopper.number, letter))
        elif rng.random() < habits.unsubscribes * fatigue:
            url = letter.unsubscribe_url
            self._plan(at_ms, Unsubscribe(at_ms, shopper.number, letter.decision_id, url))
        elif rng.random() < habits.clicks / fatigue**0.5 and (links := letter.links()):
            url = rng.choice(links[:4])
            self._plan(at_ms, FollowLink(at_ms, shopper.number, letter.decision_id, url))


@dataclass(frozen=True, slots=True)
class _Visit:
    shopper: int
    landing: Record | None = None
    by_mail: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    shopper: int
    letter: Letter
