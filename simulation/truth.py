"""The truth about people, and what a mail truly does to each.

Nothing under models/ or streams/ may import this, and no event holds any of it: the pipeline sees
what a shop sees. Only the shop itself, the oracle and the books read it.

A mail is worth, against sending none,

    read * (click * (buy * (order - lost) - (1 - buy) * wasted)
            - unsubscribe * its price - complain * its price) - price of a mail

where `order` is the net value of an order that follows a click, `lost` what the person would have
spent unasked within seven days and now doesn't, and `wasted` the discount that such an unasked
order takes along.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest
from math import exp
from zoneinfo import ZoneInfo

import numpy as np

from models.world import PolicySettings
from simulation.goods import CATEGORIES, Goods
from simulation.luck import Draws, generator
from simulation.preference import Preference
from simulation.reading import HOURS, Reading, Slot
from simulation.scenario import Parameters

WINDOW_DAYS = 7
"""How far an order can be pulled forward, and how long an offer once clicked is redeemed."""

ZONES = (("Europe/Berlin", 0.5), ("Europe/London", 0.3), ("America/New_York", 0.2))
"""Time zones and shares of people. Assumption."""

HOUR_MS = 3_600_000
_INDEX = {category: number for number, category in enumerate(CATEGORIES)}


def _unequal(source: np.random.Generator, people: int, spread: float) -> Draws:
    """Factors with mean 1 whose logarithm spreads so far."""
    return np.exp(source.normal(0.0, 1.0, people) * spread - spread * spread / 2.0)


@dataclass(frozen=True, slots=True)
class Mail:
    """What of a mail matters to the person who gets it.

    Attributes:
        kind: The message type.
        discount: Share of the order that its offer takes off, 0 to 1.
        content: `cart`, `viewed`, `none`, or another, which is as `related`.
        categories: What it is about.
        products: What it shows, the first one first.
        order: Undiscounted price of what it would sell.
        cart_left_ms: When the cart it is about was left behind; 0 for another mail.
        recent: Mails of the last seven days before it.
        at_ms: When it arrives, epoch milliseconds.
        day: The day of the run.
    """

    kind: str
    discount: float
    content: str
    categories: tuple[str, ...]
    products: tuple[str, ...]
    order: float
    cart_left_ms: int
    recent: int
    at_ms: int
    day: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a mail does: each a probability given the one before it, and the expected net value.

    Attributes:
        reads: Chance of being read by someone who looks at once; `slot` says what waiting costs.
        read: Chance of being read, waiting included.
        best: The same at the best hour of the person's day.
        click, unsubscribe, complain: Given that it is read; `buy` given a click.
        value: Expected net value against sending nothing, in the shop's currency.
    """

    slot: Slot
    reads: float
    read: float
    best: float
    click: float
    buy: float
    unsubscribe: float
    complain: float
    value: float


class Truth:
    """The people of a shop as they really are; each the same for a seed, however many there are.

    Args:
        parameters: The scenario's.
        seed: The run's.
        goods: What the shop sells.
        policy: What things cost.
        start_ms: Begin of the run, epoch milliseconds.
    """

    def __init__(
        self, parameters: Parameters, seed: int, goods: Goods, policy: PolicySettings, start_ms: int
    ) -> None:
        self.parameters = p = parameters
        self._policy = policy
        self._seed = seed
        self._reading = Reading(p)
        people = p.people

        def source(purpose: str) -> np.random.Generator:
            return generator(seed, "people", purpose)

        tastes = np.exp(source("tastes").normal(0.0, p.tastes, (people, len(CATEGORIES))))
        tastes /= tastes.mean(axis=1, keepdims=True)
        after = np.roll(tastes, len(CATEGORIES) // 2, axis=1)
        self._walks = [np.cumsum(t / len(CATEGORIES), axis=1) for t in (tastes, after)]
        self.visits = np.minimum(
            0.9, p.visits_per_week / 7.0 * _unequal(source("visits"), people, p.visits_spread)
        )
        self.kind_of_day: list[int] = source("day").integers(0, len(HOURS), people).tolist()
        self.zone: list[int] = (
            source("zone").choice(len(ZONES), people, p=[share for _, share in ZONES]).tolist()
        )
        self.offset_ms = [_offset_ms(name, start_ms) for name, _ in ZONES]
        self.bots: list[bool] = (source("bots").random(people) < p.bots).tolist()
        self._reads = np.minimum(0.95, p.reads * _unequal(source("reads"), people, 0.4)).tolist()
        self._clicks = (p.clicks * _unequal(source("clicks"), people, p.clicks_spread)).tolist()
        self._buys = _unequal(source("buys"), people, p.conversion_spread).tolist()
        self._leaves = _unequal(source("leaves"), people, 0.8).tolist()
        self._tires = source("tires").uniform(0.5, 1.5, people).tolist()
        minds = source("minds").random(people)
        self._minds = np.where(minds < p.price_sensitive, 1.0, 0.1).tolist()
        self._flipped_minds = np.where(minds < p.price_sensitive, 0.1, 1.0).tolist()
        self._flips_on = round(p.drift * p.weeks * 7) if p.drift < 1.0 else p.weeks * 7
        self._slumps_on = round(p.slump * p.weeks * 7) if p.slump < 1.0 else p.weeks * 7
        self._tastes_list: list[list[float]] = tastes.tolist()
        self._kinds: dict[str, list[float]] = {}
        self.preference = Preference(p, seed, goods)
        organic = 1.0 - (1.0 - self.visits * p.orders) ** WINDOW_DAYS
        self._organic: list[float] = organic.tolist()
        typical = tastes @ np.asarray(goods.prices) / len(CATEGORIES)
        self._organic_order: list[float] = typical.tolist()

    @property
    def mail_cost(self) -> float:
        """Price of an accepted mail."""
        return self._policy.mail_cost

    @property
    def unsubscribe_cost(self) -> float:
        """Price of a withdrawn consent."""
        return self._policy.unsubscribe_cost

    @property
    def complaint_cost(self) -> float:
        """Price of a complaint."""
        return self._policy.complaint_cost

    def tastes_by(self, day: int) -> Draws:
        """By person, how likely a product looked at is of each category or one before it."""
        return self._walks[1 if self.flipped(day) else 0]

    def flipped(self, day: int) -> bool:
        """Whether tastes have flipped by a day of the run."""
        return day >= self._flips_on

    def taste(self, person: int, category: str, day: int) -> float:
        """Interest in a category against the mean of all, 0 or more; 1 for an unknown one."""
        number = _INDEX.get(category)
        if number is None:
            return 1.0
        if self.flipped(day):
            number = (number - len(CATEGORIES) // 2) % len(CATEGORIES)
        return self._tastes_list[person][number]

    def hour(self, person: int, at_ms: int) -> int:
        """The person's local hour."""
        return (at_ms + self.offset_ms[self.zone[person]]) // HOUR_MS % 24

    def _kind(self, person: int, kind: str, day: int) -> float:
        factors = self._kinds.get(kind)
        if factors is None:
            source = generator(self._seed, "people", "kind", kind)
            spread = self.parameters.kinds_spread
            factors = source.normal(0.0, spread, self.parameters.people).tolist()
            self._kinds[kind] = factors
        factor = factors[person]
        return exp(-factor if self.flipped(day) else factor)

    def effect(self, person: int, mail: Mail) -> Effect:
        """What a mail would do to a person, in true probabilities."""
        p, policy = self.parameters, self._policy
        slots = self._reading.slots[self.kind_of_day[person]]
        slot = slots[self.hour(person, mail.at_ms)]
        minds = (self._flipped_minds if self.flipped(mail.day) else self._minds)[person]
        percent = mail.discount * 100.0 * minds
        tires = self._tires[person] * mail.recent
        taste = 1.0
        if mail.categories:
            shown = mail.products or ("",) * len(mail.categories)
            found = [
                self.taste(person, category, mail.day) * self.preference.of(person, product)
                for category, product in zip(mail.categories, shown, strict=True)
            ]
            taste = sum(found) / len(found)
        fits = 1.0 - p.relevance + p.relevance * min(3.0, taste)
        click = (
            self._clicks[person]
            * self._interest(mail.content)
            * fits
            * self._kind(person, mail.kind, mail.day)
            * (1.0 + p.offer_clicks * percent)
            * exp(-p.weariness * tires)
            * (p.slump_clicks if mail.day >= self._slumps_on else 1.0)
        )
        base = p.conversion_cart if mail.cart_left_ms else p.conversion
        buy = p.mail_effect * base * self._buys[person] * (1.0 + p.offer_lift * percent)
        buy *= self._bought(person, mail)
        annoyed = p.mail_effect * self._leaves[person] * exp(p.annoyance * tires) / max(0.5, fits)
        click, buy = min(0.9, click), min(0.9, buy)
        leave = min(0.5, p.unsubscribes * annoyed)
        complain = min(0.5, p.complaints * annoyed)
        read = self._reads[person] * slot.attention
        order = self.net(mail.order, mail.discount)
        lost, wasted = self._unasked(person, mail)
        clicked = buy * (order - lost) - p.mail_effect * (1.0 - buy) * wasted
        value = (
            read
            * (click * clicked - leave * policy.unsubscribe_cost - complain * policy.complaint_cost)
            - policy.mail_cost
        )
        best = self._reads[person] * self._reading.best[self.kind_of_day[person]]
        return Effect(slot, self._reads[person], read, best, click, buy, leave, complain, value)

    def _bought(self, person: int, mail: Mail) -> float:
        """By what it makes an order likelier that the first product shown fits."""
        share = self.parameters.buying_fits
        if not mail.products or not share:
            return 1.0
        liked = self.taste(person, mail.categories[0], mail.day)
        liked *= self.preference.of(person, mail.products[0])
        return 1.0 - share + share * min(3.0, liked)

    def best_shown(self, person: int, day: int, goods: Goods, most: int) -> list[str]:
        """The products that are truly worth most when shown first, the best first."""
        p = self.parameters
        weighed: list[tuple[float, str]] = []
        for shelf, (category, records) in enumerate(zip(CATEGORIES, goods.shelves, strict=True)):
            liked = self.taste(person, category, day) * self.preference.of_shelf(person, shelf)
            held = np.minimum(3.0, liked)
            prices = np.array([record.price for record in records])
            buys = 1.0 - p.buying_fits + p.buying_fits * held
            worth = (1.0 - p.relevance + p.relevance * held) * buys * prices + 1e-6 * liked
            names = [record.product_id for record in records]
            weighed += zip(worth.tolist(), names, strict=True)
        return [name for _, name in nlargest(most, weighed)]

    def typical_order(self, person: int) -> float:
        """Mean price of what the person buys unasked."""
        return self._organic_order[person]

    def _interest(self, content: str) -> float:
        kind = content if content in ("cart", "viewed", "none") else "related"
        return float(getattr(self.parameters, f"interest_{kind}"))

    def net(self, price: float, discount: float) -> float:
        """Net value of an order as the product has it: margin of what is paid, less discount."""
        return self._policy.margin_rate * price * (1.0 - discount) - price * discount

    def returning(self, left_ms: int, at_ms: int) -> float:
        """Chance that a cart left behind and still there is yet bought unasked."""
        waits_ms = self.parameters.cart_return_hours * HOUR_MS
        passed = min(1.0, max(0.0, (at_ms - left_ms) / waits_ms))
        share = self.parameters.cart_returns
        return share * (1.0 - passed) / max(1e-9, 1.0 - share * passed)

    def _unasked(self, person: int, mail: Mail) -> tuple[float, float]:
        """Net value that an order by this mail replaces; discount that an unasked order takes."""
        organic, typical = self._organic[person], self._organic_order[person]
        if not mail.cart_left_ms:
            lost = organic * self.net(typical, 0.0)
            return lost, organic * (self.net(typical, 0.0) - self.net(typical, mail.discount))
        returns = self.returning(mail.cart_left_ms, mail.at_ms)
        cost = self.net(mail.order, 0.0) - self.net(mail.order, mail.discount)
        later = self.net(typical, 0.0) - self.net(typical, mail.discount)
        wasted = returns * cost + (1.0 - returns) * organic * later
        return returns * self.net(mail.order, 0.0), wasted


def _offset_ms(zone: str, at_ms: int) -> int:
    offset = ZoneInfo(zone).utcoffset(datetime.fromtimestamp(at_ms / 1000, UTC))
    assert offset is not None
    return int(offset.total_seconds() * 1000)
