"""The simulated shop: its customers' carts and visits, and what they do about the mails they get.

It alone draws from the truth. What it hands over are events.
"""

from dataclasses import dataclass, field
from typing import Any

from schemas.catalog_entry import Entry
from simulation.books import Books
from simulation.events import HUMAN_AGENT, MACHINE_AGENT, Event, Speaker
from simulation.goods import Goods
from simulation.luck import Draws, table, uniforms
from simulation.truth import WINDOW_DAYS, ZONES, Effect, Mail, Truth

Record = dict[str, Any]

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000

_ACTIVE = ((9, 11, 13, 17), (11, 15, 16, 20), (12, 19, 20, 21), (15, 20, 22, 23))
"""Local hours of visits by kind of day. Assumption: near the hours of reading, not the same."""
_MOST_VIEWS = 5
_COLUMNS = 8 + 2 * _MOST_VIEWS


@dataclass(slots=True)
class Customer:
    """What the shop knows of one person, and what the mails of late did to them.

    Attributes:
        cart: Products left behind; `cart_left_ms` since when, 0 for none.
        sated_until_ms: An order by mail replaces the next unasked one until then.
        offer: Share that a clicked offer takes off until `offer_until_ms`.
        mails: When mails arrived, newest last.
    """

    joined_ms: int = 0
    gone: bool = False
    cart: list[Entry] = field(default_factory=list)
    cart_left_ms: int = 0
    sated_until_ms: int = 0
    offer: float = 0.0
    offer_name: str = "none"
    offer_until_ms: int = 0
    mails: list[int] = field(default_factory=list)

    def recent(self, at_ms: int) -> int:
        """How many mails arrived in the seven days before."""
        return sum(1 for mail_ms in self.mails if mail_ms > at_ms - 7 * DAY_MS)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail on its way to a person, and what they will do about it if nothing comes between."""

    decision: Record
    mail: Mail
    product: Entry | None
    buys: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a person will do at a time: `kind` names the shop's method for it."""

    at_ms: int
    kind: str
    letter: Letter | None = None


class Shop:
    """Customers, and what happens to them.

    Args:
        truth: What people are really like.
        goods: What is sold.
        seed: The run's.
        start_ms: Begin of the run, epoch milliseconds.
        books: Where everything is counted.
        contents: By flow, what its mails are about.
    """

    def __init__(
        self,
        truth: Truth,
        goods: Goods,
        seed: int,
        start_ms: int,
        books: Books,
        contents: dict[str, str],
    ) -> None:
        people = truth.parameters.people
        self.truth = truth
        self.goods = goods
        self.books = books
        self.customers = [Customer() for _ in range(people)]
        self._speaker = Speaker(people)
        self._seed = seed
        self._start_ms = start_ms
        self._contents = contents
        self._rows: Draws = table(1, _COLUMNS, seed, "none")
        self._later: list[tuple[int, Item]] = []

    def day_of(self, at_ms: int) -> int:
        """The day of the run."""
        return (at_ms - self._start_ms) // DAY_MS

    def scheduled(self) -> list[tuple[int, Item]]:
        """Take what was put off since last asked: person and item."""
        later, self._later = self._later, []
        return later

    def _put_off(self, person: int, at_ms: int, kind: str, letter: Letter | None = None) -> None:
        self._later.append((person, Item(at_ms, kind, letter)))

    # --- coming ------------------------------------------------------------------------------

    def open(self) -> None:
        """Have everybody sign up: most long ago, newcomers during the run."""
        p = self.truth.parameters
        length_ms = p.weeks * 7 * DAY_MS
        draws = table(p.people, 2, self._seed, "joins").tolist()
        for person, (luck, when) in enumerate(draws):
            joined_ms = self._start_ms - 365 * DAY_MS
            if luck < p.newcomers:
                joined_ms = self._start_ms + int(when * length_ms)
            self.customers[person].joined_ms = joined_ms
            self._put_off(person, max(joined_ms, self._start_ms), "join")

    def open_day(self, day: int) -> None:
        """Draw who visits on a day, and when."""
        truth = self.truth
        rows = self._rows = table(len(self.customers), _COLUMNS, self._seed, "visits", day)
        start_ms = self._start_ms + day * DAY_MS
        for person in (rows[:, 0] < truth.visits).nonzero()[0].tolist():
            active = _ACTIVE[truth.kind_of_day[person]]
            local_ms = active[int(rows[person, 1] * len(active))] * HOUR_MS
            into_ms = int((rows[person, 1] * 97.0 % 1.0) * HOUR_MS)
            offset_ms = truth.offset_ms[truth.zone[person]]
            at_ms = start_ms + (local_ms + into_ms - offset_ms) % DAY_MS
            if at_ms >= self.customers[person].joined_ms:
                self._put_off(person, at_ms, "visit")

    # --- happenings: each returns the events that the shop's apps send -------------------------

    def happen(self, person: int, item: Item) -> list[Event]:
        """What a person does when the time has come."""
        events: list[Event] = getattr(self, f"_{item.kind}")(person, item.at_ms, item.letter)
        return events

    def _join(self, person: int, at_ms: int, _: Letter | None) -> list[Event]:
        zone = ZONES[self.truth.zone[person]][0]
        joined_ms = self.customers[person].joined_ms
        return self._speaker.join(person, min(joined_ms, at_ms), zone)

    def _visit(self, person: int, at_ms: int, _: Letter | None) -> list[Event]:
        p, customer = self.truth.parameters, self.customers[person]
        row: list[float] = self._rows[person].tolist()
        more = p.views_per_visit - 1.0
        stays = more / (more + 1.0)
        views, luck = 1, row[2]
        while views < _MOST_VIEWS and luck < stays:
            views, luck = views + 1, luck / stays
        events = []
        product = self._liked(person, at_ms, row[8], row[9])
        if row[3] < p.searches:
            events.append(self._speaker.search(person, at_ms, product))
        for view in range(views):
            product = self._liked(person, at_ms, row[8 + 2 * view], row[9 + 2 * view])
            events.append(self._speaker.browse(person, at_ms + view * MINUTE_MS, product))
        at_ms += views * MINUTE_MS
        if row[4] < p.orders:
            if at_ms < customer.sated_until_ms:
                customer.sated_until_ms = 0
            else:
                events.append(self._order(person, at_ms, [product]))
        elif row[5] < p.carts and not customer.cart:
            customer.cart, customer.cart_left_ms = [product], at_ms
            events.append(self._speaker.cart(person, at_ms, product))
            if row[6] < p.cart_returns:
                waits_ms = int(row[7] * p.cart_return_hours * HOUR_MS)
                self._put_off(person, at_ms + 1 + waits_ms, "return")
        elif customer.cart and at_ms - customer.cart_left_ms > 14 * DAY_MS:
            customer.cart, customer.cart_left_ms = [], 0
        return events

    def _return(self, person: int, at_ms: int, _: Letter | None) -> list[Event]:
        customer = self.customers[person]
        left_ms = at_ms - int(self.truth.parameters.cart_return_hours * HOUR_MS) - 1
        if not customer.cart or customer.cart_left_ms < left_ms:
            return []
        return [self._order(person, at_ms, customer.cart)]

    def _liked(self, person: int, at_ms: int, luck: float, which: float) -> Entry:
        tastes = self.truth.tastes_by(self.day_of(at_ms))[person]
        number = int(tastes.searchsorted(luck))
        shelf = min(number, len(self.goods.shelves) - 1)
        return self.truth.preference.looked_at(person, shelf, which)

    def _order(self, person: int, at_ms: int, products: list[Entry]) -> Event:
        customer = self.customers[person]
        in_hand = at_ms < customer.offer_until_ms
        discount = customer.offer if in_hand else 0.0
        return self._sell(person, at_ms, products, discount, customer.offer_name)

    def _sell(
        self, person: int, at_ms: int, products: list[Entry], discount: float, offer: str
    ) -> Event:
        customer, day = self.customers[person], self.day_of(at_ms)
        price = sum(product["price"] for product in products)
        event = self._speaker.order(person, at_ms, products, discount, offer)
        customer.cart, customer.cart_left_ms = [], 0
        customer.offer_until_ms = 0
        self.books.count(day, "orders")
        self.books.count(day, "revenue", price * (1.0 - discount))
        self.books.count(day, "discount", price * discount)
        self.books.earn(day, person, self.truth.net(price, discount))
        return event

    # --- mail --------------------------------------------------------------------------------

    def mail(
        self, person: int, flow: str, kind: str, discount: float, products: str, at_ms: int
    ) -> tuple[Mail, Entry | None]:
        """What matters of a mail that would arrive now, and the product it sells first.

        Args:
            person: Who gets it.
            flow: The flow that sends it.
            kind: Its message type.
            discount: Share that its offer takes off.
            products: What it shows, ids with commas between.
            at_ms: When.
        """
        customer, goods = self.customers[person], self.goods
        content = self._contents.get(flow, "none")
        left_ms = 0
        ids = [product_id for product_id in products.split(",") if product_id]
        product = goods.catalog.find(ids[0]) if ids else None
        if content == "cart" and customer.cart:
            left_ms = customer.cart_left_ms
            product = customer.cart[0]
            order = sum(item["price"] for item in customer.cart)
            categories = tuple(item["category"] for item in customer.cart)
            ids = [item["product_id"] for item in customer.cart]
        else:
            order = product["price"] if product else self.truth.typical_order(person)
            categories = tuple(goods.category(product_id) for product_id in ids)
        day = self.day_of(at_ms)
        recent = customer.recent(at_ms)
        about = (kind, discount, content, categories, tuple(ids))
        mail = Mail(*about, order, left_ms, recent, at_ms, day)
        return mail, product

    def send(self, person: int, decision: Record) -> None:
        """Deliver the mail of a decision, and draw what its reader will do about it."""
        at_ms: int = decision["decided_at"]
        content = decision["content"]
        discount = float(content.get("discount_percent", 0.0)) / 100.0
        flow, kind = decision["flow"], decision["message_type"]
        mail, product = self.mail(person, flow, kind, discount, content.get("products", ""), at_ms)
        effect = self.truth.effect(person, mail)
        books, customer = self.books, self.customers[person]
        day = mail.day
        books.count(day, "mails")
        books.count(day, "offers", 1.0 if discount else 0.0)
        books.expect(day, person, effect.value)
        books.count(day, "expected_clicks", effect.read * effect.click)
        books.count(day, "best_hour_clicks", effect.best * effect.click)
        books.count(day, "expected_orders", effect.read * effect.click * effect.buy)
        books.count(day, "expected_unsubscribes", effect.read * effect.unsubscribe)
        books.earn(day, person, -self.truth.mail_cost)
        customer.mails = [*customer.mails[-19:], at_ms]
        self._put_off(person, at_ms + 1_000, "deliver", Letter(decision, mail, product))
        if self.truth.bots[person]:
            self._put_off(person, at_ms + 9_000, "scan", Letter(decision, mail, product))
        looks, reads, clicks, buys, leaves, complains, minute = uniforms(
            7, self._seed, "mail", person, day, flow
        )
        waited = effect.slot.waited(looks)
        read = waited is not None and reads < effect.reads * effect.slot.kept[waited]
        clicked = read and clicks < effect.click
        lost = read and (leaves < effect.unsubscribe or complains < effect.complain)
        self._compare(decision, effect, clicked=clicked, bought=buys < effect.buy, lost=lost)
        if waited is None or not read:
            return
        into_ms = int(minute * HOUR_MS)
        read_ms = at_ms + (waited * HOUR_MS + into_ms if waited else into_ms // 2) + 30_000
        if clicked:
            letter = Letter(decision, mail, product, buys < effect.buy)
            self._put_off(person, read_ms, "click", letter)
        if leaves < effect.unsubscribe:
            self._put_off(person, read_ms + 5_000, "leave", Letter(decision, mail, product))
        if complains < effect.complain:
            self._put_off(person, read_ms + 6_000, "complain", Letter(decision, mail, product))

    def _compare(
        self, decision: Record, effect: Effect, *, clicked: bool, bought: bool, lost: bool
    ) -> None:
        """Have the books compare what the decision expected with what will happen."""
        told = self.books.expectations(self.day_of(decision["decided_at"])).note
        features = decision["features"]
        told("click", features, effect.read * effect.click, happened=clicked)
        if clicked:
            told("order", features, effect.buy, happened=bought)
        stays = (1.0 - effect.unsubscribe) * (1.0 - effect.complain)
        told("leave", features, effect.read * (1.0 - stays), happened=lost)

    def _deliver(self, person: int, at_ms: int, letter: Letter | None) -> list[Event]:
        assert letter is not None
        identity = letter.decision["decision_id"]
        return [self._speaker.delivery(person, at_ms, identity, "accepted")]

    def _scan(self, person: int, at_ms: int, letter: Letter | None) -> list[Event]:
        assert letter is not None
        self.books.count(self.day_of(at_ms), "machine_clicks", 2.0)
        identity = letter.decision["decision_id"]
        return [
            self._speaker.click(person, at_ms + wait, identity, letter.product, MACHINE_AGENT)
            for wait in (0, 400)
        ]

    def _click(self, person: int, at_ms: int, letter: Letter | None) -> list[Event]:
        assert letter is not None
        customer, mail, product = self.customers[person], letter.mail, letter.product
        identity = letter.decision["decision_id"]
        self.books.count(self.day_of(at_ms), "clicks")
        events = [self._speaker.click(person, at_ms, identity, product, HUMAN_AGENT)]
        if product is not None:
            events.append(self._speaker.browse(person, at_ms + 1_000, product))
        offer = letter.decision["offer"]
        if letter.buys and (products := self._wanted(customer, letter)):
            events.append(self._sell(person, at_ms + 60_000, products, mail.discount, offer))
            self.books.count(self.day_of(at_ms), "orders_by_mail")
            if not mail.cart_left_ms:
                customer.sated_until_ms = at_ms + WINDOW_DAYS * DAY_MS
        elif mail.discount and self.truth.parameters.mail_effect:
            customer.offer, customer.offer_name = mail.discount, offer
            customer.offer_until_ms = at_ms + WINDOW_DAYS * DAY_MS
        return events

    @staticmethod
    def _wanted(customer: Customer, letter: Letter) -> list[Entry]:
        if letter.mail.cart_left_ms:
            there = customer.cart_left_ms == letter.mail.cart_left_ms
            return list(customer.cart) if there else []
        return [letter.product] if letter.product is not None else []

    def _leave(self, person: int, at_ms: int, letter: Letter | None) -> list[Event]:
        assert letter is not None
        if self.customers[person].gone:
            return []
        self.customers[person].gone = True
        day = self.day_of(at_ms)
        self.books.count(day, "unsubscribes")
        self.books.earn(day, person, -self.truth.unsubscribe_cost)
        return [self._speaker.leave(person, at_ms, letter.decision["decision_id"])]

    def _complain(self, person: int, at_ms: int, letter: Letter | None) -> list[Event]:
        assert letter is not None
        day = self.day_of(at_ms)
        self.books.count(day, "complaints")
        self.books.earn(day, person, -self.truth.complaint_cost)
        identity = letter.decision["decision_id"]
        return [self._speaker.delivery(person, at_ms, identity, "complained")]
