"""The discount budget in a partition: counted with what spends it, and kept to from then on."""

from dataclasses import replace
from typing import Any

import streams.processors
from models import decay
from models.offers import budget
from models.person import encoding
from models.person.profile import Profile
from models.step import Record, Step
from models.world import World
from streams.registry import Registry, discover
from tests.streams.records import NOW_MS, TOPOLOGY, Desk, browse, journaled, world

SHIPPED = discover(streams.processors)
SHARE = 10.0


def budgeted() -> World:
    """The shipped programme with so much a week for each of the journal's partitions."""
    surroundings = world()
    budget_all = SHARE * TOPOLOGY.journal_partitions
    surroundings.programme = replace(surroundings.programme, discounts_per_week=budget_all)
    return surroundings


def purchase(number: int, discount: float, offer: str | None) -> Record:
    return {
        "event_id": f"p{number}",
        "occurred_at": NOW_MS + number,
        "subscriber_id": "ann",
        "anonymous_id": None,
        "order_id": f"o{number}",
        "items": [{"product_id": "p1", "category": "shoes", "price": 50.0, "quantity": 1}],
        "total": 45.0,
        "discount": discount,
        "offer": offer,
        "code": None,
        "session_id": None,
    }


def _registry() -> Registry:
    """Browses that take off their price, count what they saw, and fail at a category."""

    def takes_off(event: Record, profile: Profile, step: Step, world: World) -> None:
        profile.browses += 100 if step.offers_spent else 1
        step.discount = (event["price"], NOW_MS)
        if event["category"] == "breaks":
            raise ValueError

    return Registry({"browse": [takes_off]}, {}, frozenset(), ("takes_off",))


def timed() -> Registry:
    """As `_registry`, by timers."""
    registry = _registry()

    def counts(_name: str, _due: int, profile: Profile, step: Step, _world: World) -> None:
        profile.browses += 100 if step.offers_spent else 1

    return Registry(dict(registry.events), {"flow": counts}, frozenset(), ("takes_off", "counts"))


def _browses(desk: Desk, *browses: Record) -> int:
    records: list[Any] = [journaled(n, event) for n, event in enumerate(browses, 1)]
    return desk.step(records).touched["ann"].profile.browses


def test_an_order_with_an_offer_is_counted_and_committed() -> None:
    desk = Desk(SHIPPED, world=budgeted())
    pending = desk.step([journaled(1, purchase(1, 5.0, "small"), "purchase")])
    level = float(pending.to_commit("{p0}", 0).meta["discounts"])
    assert round(budget.taken_off(level, NOW_MS), 6) == 2.5, "no more than the offer gives"


def test_an_order_counts_when_it_was_made_and_none_for_more_than_four_shares() -> None:
    desk = Desk(SHIPPED, world=budgeted())
    year_ms = 365 * 86_400_000
    old = {**purchase(1, 5.0, "small"), "occurred_at": NOW_MS - year_ms, "total": 95.0}
    pending = desk.step([journaled(1, old, "purchase")])
    assert pending.discounts is not None
    assert budget.taken_off(pending.discounts, NOW_MS) < 1e-9
    assert pending.tally.discounts == 5.0
    huge = {**purchase(2, 1e300, "small"), "total": 1e300}
    ahead = {**purchase(3, 5.0, "small"), "occurred_at": NOW_MS + year_ms, "total": 95.0}
    pending = desk.step([journaled(2, huge, "purchase"), journaled(3, ahead, "purchase")])
    assert pending.discounts is not None
    assert budget.taken_off(pending.discounts, NOW_MS) <= 4.0 * SHARE + 5.0 + 1e-6


def test_other_discounts_are_not_the_programmes() -> None:
    desk = Desk(SHIPPED, world=budgeted())
    orders = [purchase(1, 5.0, None), purchase(2, 5.0, "summer-sale"), purchase(3, 0.0, "small")]
    pending = desk.step([journaled(n, o, "purchase") for n, o in enumerate(orders, 1)])
    assert "discounts" not in pending.to_commit("{p0}", 0).meta


def test_it_holds_from_the_very_next_record_on() -> None:
    desk = Desk(_registry(), world=budgeted())
    assert _browses(desk, browse(1, price=SHARE / 2), browse(2, price=SHARE), browse(3)) == 102


def test_the_next_owner_keeps_to_what_was_stored() -> None:
    level = budget.raised(decay.EMPTY, SHARE + 1.0, NOW_MS)
    assert _browses(Desk(_registry(), world=budgeted(), discounts=level), browse(1)) == 100
    assert _browses(Desk(_registry(), discounts=level), browse(1)) == 1, "no budget"


def test_a_half_applied_record_takes_nothing_off_and_the_others_see_what_they_saw() -> None:
    desk = Desk(_registry(), world=budgeted())
    spends, breaks = browse(1, price=SHARE + 1.0), browse(3, category="breaks", price=1e6)
    pending = desk.step([journaled(1, spends), journaled(2, browse(2, price=0.0))])
    level = pending.discounts
    again = Desk(_registry(), world=budgeted())
    records = [spends, browse(2, price=0.0), breaks]
    pending = again.step([journaled(n, event) for n, event in enumerate(records, 1)])
    assert pending.touched["ann"].profile.browses == 101
    assert pending.discounts == level


def test_timers_see_it_too_and_what_they_saw_is_kept_where_a_later_record_fails() -> None:
    desk = Desk(timed(), world=budgeted())
    desk.step([journaled(1, browse(1, price=SHARE + 1.0))])
    pending = desk.stepper.begin(2)
    desk.stepper.fire("flow:a\x1fann", NOW_MS, pending, NOW_MS, desk.world)
    entry = pending.touched["ann"]
    assert entry.profile.browses == 101
    entry.stored = encoding.encode(entry.profile)

    desk.stepper.begin(3)
    desk.stepper.fire("flow:a\x1fann", NOW_MS, pending := desk.stepper.begin(3), NOW_MS, desk.world)
    (breaks,) = desk.stepper.prepare([journaled(3, browse(3, category="breaks", price=0.0))])
    desk.stepper.step(breaks, pending, NOW_MS, desk.world)
    assert pending.touched["ann"].profile.browses == 201
