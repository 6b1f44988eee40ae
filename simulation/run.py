"""One run: a scenario, a seed and a policy, through the pipeline, to its books."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import process_time

from msgspec.structs import replace as replace_moment

from models.decision.arms import HOLD
from models.decision.moment import Candidate, Hour, Moment
from models.learning.population import Population
from models.learning.relearning import Relearning
from models.programme.flows import Programme
from models.recommend.learner import Learner
from models.recommend.sorting import sorted_products
from models.step import Record
from models.world import Decide, PolicySettings, World
from simulation import ablation, policies, showing
from simulation.books import Books
from simulation.errors import UnknownPolicyError
from simulation.goods import make_goods
from simulation.pipeline import Pipeline, person_of
from simulation.scenario import Scenario
from simulation.shop import DAY_MS, Item, Shop
from simulation.truth import Truth

START_MS = 1_767_571_200_000
"""Monday 5 January 2026, 00:00 UTC: eight weeks without a change of clocks."""
_TAIL_DAYS = 5
"""So long mails of the last day are read; nobody visits then and nothing is decided."""

_MOST_BARRED = 60
"""Products looked at, bought and mailed that one person's profile keeps, and as many more."""

Volume = Mapping[tuple[int, str], list[int]]
"""By week and flow: how many decisions had a choice, and how many of them sent."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to, and the processor seconds it took."""

    policy: str
    books: Books
    seconds: float


LEARNING = ("product", "at-once", *showing.POLICIES, *ablation.POLICIES)
"""Policies that learn as they go."""


class Run:
    """A shop and the pipeline, day by day.

    Args:
        scenario: What the shop is like.
        seed: Who its people are, and their luck.
        policy: One of `policies.POLICIES`, `showing.POLICIES` or `ablation.POLICIES`.
        programme: The marketers' flows.
        settings: How decisions are valued; `rules` and others switch its learning off.
        volume: For `control`: how much another policy mailed.

    Raises:
        UnknownPolicyError: There is no such policy.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        policy: str,
        programme: Programme,
        settings: PolicySettings | None = None,
        volume: Volume | None = None,
    ) -> None:
        known = (*policies.POLICIES, *showing.POLICIES, *ablation.POLICIES)
        if policy not in known:
            raise UnknownPolicyError(policy, known)
        without = ablation.left_out(policy)
        p = scenario.parameters
        settings = replace(settings or PolicySettings())
        self.days = p.weeks * 7
        self.policy = policy
        self.books = Books(p.people, p.weeks)
        self._volume: Volume = volume or {}
        goods = make_goods(seed, START_MS, p.products, p.price_differences)
        if not scenario.recommends:
            programme = programme.related_only()
        truth = Truth(p, seed, goods, settings, START_MS)
        contents = {name: str(flow.content) for name, flow in programme.flows.items()}
        self.shop = Shop(truth, goods, seed, START_MS, self.books, contents)
        if policy == "at-once" or without == "waiting":
            programme = programme.at_once()
        learning = settings.learning and policy in LEARNING
        width = 0.0 if without == "doubt" else settings.width
        world = World(
            programme,
            goods.catalog,
            ablation.Partial(without, settings.belief) if without else Population(settings.belief),
            replace(settings, learning=learning, width=width),
        )
        world.decide = self._decide()
        self._catalog = goods.catalog
        own = policy.startswith("oracle") or policy in ("random", "hold")
        if scenario.recommends:
            world.recommend = showing.showing(policy, world, seed, self._best_shown)
        self.pipeline = Pipeline(world, p.people, gathers=scenario.recommends and not own)
        self._products = Learner()
        self._agenda: list[dict[int, list[Item]]] = [{} for _ in range(self.days + _TAIL_DAYS)]
        self._outcomes: list[Record] = []
        self._labels: list[Record] = []
        self._day = 0
        self._best: dict[tuple[int, bool], list[str]] = {}
        self._memory = Relearning(world.population)

    def _decide(self) -> Decide | None:
        if ablation.left_out(self.policy) == "person":
            return ablation.decide_without_person
        if self.policy in (*LEARNING, "rules"):
            return None
        if self.policy == "oracle":
            best = policies.pick_best(self._true_value)
            return policies.choosing(best, self._best_hour)
        picks = {
            "random": policies.pick_random,
            "hold": policies.pick_hold,
            "control": policies.pick_share(self._share),
            "oracle-at-once": policies.pick_best(self._true_value),
        }
        return policies.choosing(picks[self.policy])

    def _share(self, moment: Moment) -> float:
        week = self.books.week(self.shop.day_of(moment.now_ms))
        free, sent = self._volume.get((week, moment.config.flow), (0, 0))
        return sent / free if free else 0.0

    def _best_hour(self, moment: Moment) -> Hour | None:
        """The hour at which the best mail is truly worth most, if it is worth more than now."""
        mails = [candidate for candidate in moment.candidates if candidate.arm != HOLD]
        best = max((self._true_value(moment, mail) for mail in mails), default=0.0)
        chosen = None
        for hour in moment.hours:
            then = replace_moment(moment, now_ms=hour.until_ms)
            value = max((self._true_value(then, mail) for mail in mails), default=0.0)
            if value > max(best, 0.0):
                best, chosen = value, hour
        return chosen

    def _true_value(self, moment: Moment, candidate: Candidate) -> float:
        shown = [s.product_id for s in moment.facts.shown if not s.sold_out and not s.bought]
        person = person_of(moment.subscriber)
        mail, _ = self.shop.mail(
            person,
            moment.config.flow,
            candidate.type,
            candidate.discount_percent / 100.0,
            ",".join(shown[:3]),
            moment.now_ms,
        )
        return self.shop.truth.effect(person, mail).value

    # --- days --------------------------------------------------------------------------------

    def play(self) -> Result:
        """Live through all days."""
        began = process_time()
        self.shop.open()
        self._schedule()
        for day in range(self.days):
            self._day = day
            self.shop.open_day(day)
            self._schedule()
            end_ms = START_MS + (day + 1) * DAY_MS
            for person, items in sorted(self._agenda[day].items()):
                self._play_day(person, items, end_ms)
            self._agenda[day] = {}
            self._learn(day)
            self._learn_products(day)
        self._read_the_rest()
        return Result(self.policy, self.books, process_time() - began)

    def _schedule(self) -> None:
        for person, item in self.shop.scheduled():
            self._note(person, item)

    def _note(self, person: int, item: Item) -> None:
        day = self.shop.day_of(item.at_ms)
        if day < len(self._agenda):
            self._agenda[day].setdefault(person, []).append(item)

    def _play_day(self, person: int, items: list[Item], end_ms: int) -> None:
        pipeline = self.pipeline
        pipeline.begin()
        heap = [(item.at_ms, number, item) for number, item in enumerate(items)]
        heapq.heapify(heap)
        number = len(heap)
        while True:
            timer_ms = pipeline.next_timer_ms(person)
            next_ms = heap[0][0] if heap else end_ms
            if timer_ms is not None and timer_ms < min(next_ms, end_ms):
                self._left(person, pipeline.fire(person, timer_ms))
            elif heap:
                item = heapq.heappop(heap)[2]
                for name, event in self.shop.happen(person, item):
                    now_ms = max(item.at_ms, event["occurred_at"])
                    self._left(person, pipeline.step(person, name, event, now_ms))
            else:
                break
            for whose, later in self.shop.scheduled():
                if later.at_ms < end_ms:
                    heapq.heappush(heap, (later.at_ms, number, later))
                    number += 1
                else:
                    self._note(whose, later)
        if timer_ms is not None and (day := self.shop.day_of(timer_ms)) < self.days:
            self._agenda[day].setdefault(person, [])

    def _left(self, person: int, emitted: list[tuple[str, Record]]) -> None:
        for name, record in emitted:
            if name == "outcome":
                self._outcomes.append(record)
            elif name == "label":
                self._labels.append(record)
            elif name == "decision":
                self._decided(person, record)

    def _decided(self, person: int, decision: Record) -> None:
        day = self.shop.day_of(decision["decided_at"])
        self.books.count(day, "decisions")
        sends = decision["action"] == "send"
        if decision["action"] == "wait":
            return
        if sum(1 for candidate in decision["candidates"] if candidate["fence"] is None) > 1:
            self.books.count(day, "free_decisions")
            told = self.books.volume[self.books.week(day), decision["flow"]]
            told[0] += 1
            told[1] += sends
        if sends:
            self.shop.send(person, decision)

    def _best_shown(self, person: int) -> list[str]:
        """The products truly best shown to a person: more than the rules may bar."""
        truth = self.shop.truth
        key = person, truth.flipped(self._day)
        found = self._best.get(key)
        if found is None:
            found = truth.best_shown(person, self._day, self.shop.goods, _MOST_BARRED)
            self._best[key] = found
        return found

    def _learn_products(self, day: int) -> None:
        """What the trainer's other lane does, once a day."""
        gathered, self.pipeline.interactions = self.pipeline.interactions, []
        if gathered:
            gathered.sort(key=lambda one: (one["at"], one["session"]))
            told = {"journal_id": "", "partition": 0, "until": day, "interactions": gathered}
            self._products.hear(told)
            self.pipeline.world.products = sorted_products(self._products, self._catalog)

    def _learn(self, day: int) -> None:
        """What the trainer does, once a day: learn in the order in which outcomes matured."""
        outcomes, self._outcomes = self._outcomes, []
        labels, self._labels = self._labels, []
        if not self.pipeline.world.policy.learning:
            return
        for outcome in sorted(outcomes, key=lambda o: (o["matured_at"], o["decision_id"])):
            self._memory.hear(outcome)
            self.books.count(day, "drifts", len(self._memory.noticed))
        self.pipeline.world.population = self._memory.population
        for label in sorted(labels, key=lambda told: (told["matured_at"], told["label_id"])):
            self.books.foretold(day, label)
            self.pipeline.world.intent.learn(label)

    def _read_the_rest(self) -> None:
        """Let people read what was sent; only the books hear of it."""
        for day in range(self.days, len(self._agenda)):
            for person, items in sorted(self._agenda[day].items()):
                for item in sorted(items, key=lambda item: item.at_ms):
                    if item.kind != "visit":
                        self.shop.happen(person, item)
        self.shop.scheduled()
