"""The benchmark's events: seeded, checked like any other, of the declared mix."""

from collections import Counter

from bench.shoppers import ANONYMOUS, HOUR_MS, START_MS, TICK_MS, Shoppers, catalog
from schemas.checks import check_event, check_product
from schemas.codec import Codec
from schemas.registry import BundledRegistry

NOW_MS = START_MS + 100 * HOUR_MS


def test_the_same_seed_gives_the_same_events() -> None:
    assert list(Shoppers(50).stretch(3, 8, 500)) == list(Shoppers(50).stretch(3, 8, 500))
    assert list(Shoppers(50).stretch(3, 8, 500)) != list(Shoppers(50, seed=2).stretch(3, 8, 500))


def test_every_event_is_one_that_intake_takes() -> None:
    codec = Codec(BundledRegistry())
    shoppers = Shoppers(50)
    stretch = [event for _, events in shoppers.stretch(0, 24, 2_000) for event in events]
    for name, event in [*shoppers.join(), *stretch]:
        decoded, record = codec.decode(codec.encode(name, event))
        assert decoded == name
        check_event(name, record, NOW_MS)
    for product in catalog():
        check_product(codec.decode(codec.encode("catalog", product))[1])


def test_a_stretch_holds_as_many_events_as_asked_for_each_before_its_tick() -> None:
    steps = list(Shoppers(50).stretch(0, 24, 2_000))
    assert sum(len(events) for _, events in steps) == 2_000
    assert [at for at, _ in steps] == [START_MS + (n + 1) * TICK_MS for n in range(6)]
    for at_ms, events in steps:
        times = [event["occurred_at"] for _, event in events]
        assert times == sorted(times)
        assert all(at_ms - TICK_MS <= time < at_ms for time in times)


def test_events_are_unique_and_of_the_declared_mix() -> None:
    events = [event for _, part in Shoppers(1_000).stretch(0, 24, 20_000) for event in part]
    assert len({event["event_id"] for _, event in events}) == 20_000
    shares = Counter(name for name, _ in events)
    assert 0.70 < shares["browse"] / 20_000 < 0.85
    assert set(shares) == {"browse", "search", "cart", "purchase", "click", "profile", "consent"}
    unknown = sum("anonymous_id" in event for _, event in events) / 20_000
    assert abs(unknown - ANONYMOUS) < 0.05
