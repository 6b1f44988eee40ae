"""Telling those who wait, without servers: who, how many at a time, each once, across crashes."""

import asyncio
from dataclasses import replace

import pytest

import streams.processors
from models.catalog import Catalog
from models.offers.window import MARGIN
from models.person import encoding
from models.person.past import Consent
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.waiting.wait import Wait
from models.world import World
from schemas.keys import contact_key, profile_key
from streams.inbox import Chunk
from streams.lane import Lane
from streams.prepared import JournalRecord
from streams.registry import discover
from tests.models.life import event, product
from tests.streams.fakes import FakeState, lane, run_until
from tests.streams.records import CODEC, NOW_MS, FakeRecord, browse, journaled, world

NOON_MS = NOW_MS + 10 * 3_600_000
"""Noon in Berlin."""
REGISTRY = discover(streams.processors)


def shop(**stock: int) -> World:
    """The shipped programme and products by their stock."""
    known = world()
    known.catalog = Catalog({name: product(name, stock=left) for name, left in stock.items()})
    return known


def waits_in(
    state: FakeState, subscriber: str, *about: str, kind: Trigger = Trigger.BACK_IN_STOCK
) -> None:
    """Have someone who can be mailed wait, for products to be back unless told otherwise."""
    profile = Profile(has_address=True)
    profile.consent["marketing"] = Consent(granted=True, at_ms=1)
    for name in about:
        wait = Wait.of(kind, name, NOW_MS)
        profile.waits.append(wait)
        state.waits.append(f"{wait.entry}\x1f{subscriber}")
    state.waits.sort()
    state.values[profile_key("{p0}", subscriber)] = encoding.encode(profile)


def crowd(state: FakeState, people: int, *about: str) -> list[str]:
    names = [f"s{number:04d}" for number in range(people)]
    for name in names:
        waits_in(state, name, *about)
    return names


def decided(made: Lane) -> list[str]:
    """Who was decided for, in order."""
    left = made.outbox.left  # type: ignore[attr-defined]
    return [record.key.decode() for record in left if CODEC.decode(record.value)[0] == "decision"]


async def pages(made: Lane, now_ms: int, most: int = 1_000) -> int:
    """Tell pages, each a second after the other, until there are no more; gives how many."""
    for number in range(most):
        if not await made._tell_page(now_ms + number * 1_000, now_ms + number * 1_000):
            return number
    return most


async def test_everybody_who_waits_is_told_once_a_page_at_a_time() -> None:
    made, state = lane(REGISTRY, known=shop(tent=3), pace=50)
    names = crowd(state, 120, "tent")
    assert await pages(made, NOON_MS) == 3
    assert sorted(decided(made)) == names
    assert state.waits == []
    assert [len(write.values) for write in state.commits] == [50, 50, 20]


@pytest.mark.parametrize(("flows", "sizes"), [(1, [50, 10]), (2, [32, 28]), (3, [21, 21, 18])])
async def test_a_page_is_shorter_where_several_flows_decide_for_each(
    flows: int, sizes: list[int]
) -> None:
    """Each decision may take a code, and a write holds only so many."""
    known = shop(tent=3)
    programme = known.programme
    (flow,) = programme.started_by[Trigger.BACK_IN_STOCK]
    alike = tuple(replace(flow, name=f"back_{number}") for number in range(flows))
    programme.started_by[Trigger.BACK_IN_STOCK] = alike
    programme.flows.update({each.name: each for each in alike})
    made, state = lane(REGISTRY, known=known, pace=50)
    names = crowd(state, 60, "tent")
    await pages(made, NOON_MS)
    assert [len(write.values) for write in state.commits] == sizes
    assert max(sizes) * flows <= MARGIN
    assert sorted(decided(made)) == sorted(names * flows)


async def test_it_is_paced_by_the_clock() -> None:
    made, state = lane(REGISTRY, known=shop(tent=3), pace=50)
    crowd(state, 120, "tent")
    assert await made._tell_page(NOON_MS, NOON_MS)
    assert not await made._tell_page(NOON_MS + 999, NOON_MS + 999)
    assert made.fanout.wait_ms(NOON_MS + 400) == 600
    assert await made._tell_page(NOON_MS + 1_000, NOON_MS + 1_000)
    assert len(state.waits) == 20


async def test_whoever_takes_over_goes_on_where_it_stood() -> None:
    known = shop(tent=3)
    first, state = lane(REGISTRY, known=known)
    names = crowd(state, 120, "tent")
    assert await first._tell_page(NOON_MS, NOON_MS)
    second, anew = lane(REGISTRY, known=known)
    anew.values, anew.waits = state.values, state.waits
    await pages(second, NOON_MS + 60_000)
    assert sorted(decided(first) + decided(second)) == names


async def test_what_is_still_sold_out_waits_for_the_catalog_to_change() -> None:
    known = shop(tent=0, rope=0)
    made, state = lane(REGISTRY, known=known)
    crowd(state, 3, "tent", "rope")
    assert await pages(made, NOON_MS) == 0
    assert made.fanout.wait_ms(NOON_MS) is None
    known.catalog.put(product("rope", stock=1))
    await pages(made, NOON_MS + 60_000)
    assert {member.split("\x1f")[1] for member in state.waits} == {"tent"}


async def test_a_popular_product_does_not_hold_up_another() -> None:
    made, state = lane(REGISTRY, known=shop(a_tent=3, rope=3), pace=10)
    crowd(state, 100, "a_tent")
    waits_in(state, "zoe", "rope")
    await pages(made, NOON_MS, 3)
    assert "zoe" in decided(made)


async def test_a_change_in_the_middle_has_everybody_looked_at_again() -> None:
    known = shop(tent=3)
    made, state = lane(REGISTRY, known=known, pace=10)
    crowd(state, 25, "tent")
    await pages(made, NOON_MS, 1)
    known.catalog.put(product("tent", stock=0))
    assert await pages(made, NOON_MS + 60_000) == 0
    assert len(state.waits) == 15
    known.catalog.put(product("tent", stock=1))
    await pages(made, NOON_MS + 120_000)
    assert state.waits == []


async def test_whoever_stands_on_the_list_and_waits_no_more_is_only_taken_off() -> None:
    made, state = lane(REGISTRY, known=shop(tent=3))
    waits_in(state, "ann")
    state.waits = ["back_in_stock\x1ftent\x1fann"]
    await pages(made, NOON_MS)
    assert (decided(made), state.waits) == ([], [])


async def test_someone_whose_step_fails_is_put_aside_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("broken")

    made, state = lane(REGISTRY, known=shop(tent=3))
    crowd(state, 2, "tent")
    monkeypatch.setitem(made.stepper._registry.timers, "waiting", fails)
    await pages(made, NOON_MS)
    left = made.outbox.left  # type: ignore[attr-defined]
    assert [CODEC.decode(record.value)[1]["reason"] for record in left] == ["step_failed"] * 2
    assert state.waits == []


async def test_records_and_what_the_journal_holds_go_first() -> None:
    made, state = lane(REGISTRY, NOON_MS, known=shop(tent=3))
    crowd(state, 1, "tent")
    made.caught_up_at = 2
    await made.start()
    await made.put(Chunk([journaled(0, browse(0))], lambda: None))
    task = asyncio.create_task(made.run())
    while not state.commits:
        await asyncio.sleep(0)
    assert state.waits, "the journal holds one more"
    await made.put(Chunk([journaled(1, browse(1))], lambda: None))
    while state.waits and not task.done():
        await asyncio.sleep(0)
    await made.stop(task)
    assert "s0000" in decided(made)


async def test_a_lane_without_records_tells_whom_it_finds() -> None:
    made, state = lane(REGISTRY, NOON_MS, known=shop(tent=3))
    crowd(state, 3, "tent")
    await made.start()
    await run_until(made, lambda: not state.waits)
    assert len(decided(made)) == 3
    told = made.metrics.registry.get_sample_value
    assert told("nextbest_fanned_out_total", {"kind": "back_in_stock"}) == 3.0
    waiting = {"partition": "0", "kind": "back_in_stock"}
    assert told("nextbest_waiting", waiting) == 3.0


async def test_a_page_told_at_a_tick_leaves_the_batch_around_it_whole() -> None:
    made, state = lane(REGISTRY, known=shop(tent=3))
    made.wall_ms, made.clock_ms = None, NOON_MS
    crowd(state, 3, "tent")
    told = {"locale": None, "time_zone": None}
    before = event("profile", NOON_MS, "e1", address="ann@example.org", attributes={}, **told)
    after = event("profile", NOON_MS, "e2", address=None, attributes={"a": "b"}, **told)
    tick = FakeRecord(1, CODEC.encode("tick", {"at": NOON_MS + 60_000}), None)
    records: list[JournalRecord] = [
        journaled(0, before, "profile"),
        tick,
        journaled(2, after, "profile"),
    ]
    await made.start()
    await made.put(Chunk(records, lambda: None))
    await run_until(made, lambda: made.offset == 3)
    assert len(decided(made)) == 3, "told within the tick"
    contact = CODEC.decode(state.values[contact_key("{p0}", "ann")])[1]
    assert (contact["address"], contact["attributes"]) == ("ann@example.org", {"a": "b"})


async def test_a_list_longer_than_a_page_is_looked_through_by_what_stands_on_it() -> None:
    known = shop(**{f"p{number:02d}": number % 2 for number in range(40)})
    made, state = lane(REGISTRY, known=known, pace=10_000)
    for name in known.catalog:
        for number in range(60):
            state.waits.append(f"back_in_stock\x1f{name}\x1fs{number}")
    state.waits.sort()
    await pages(made, NOON_MS)
    left = {member.split("\x1f")[1] for member in state.waits}
    assert left == {name for name in known.catalog if known.catalog.sold_out(name)}


async def test_a_fanout_keeps_what_it_knows_by_thing_and_not_by_person() -> None:
    made, _ = lane(REGISTRY, known=shop(tent=0))
    listed = {f"back_in_stock\x1ftent\x1fs{number}": True for number in range(500)}
    made.fanout.noted({**listed, "reach\x1f\x1fs1": True})
    assert made.fanout._known == {"back_in_stock\x1ftent"}


async def test_what_was_announced_is_told_once_it_is_there_though_nothing_changed() -> None:
    known = shop(tent=3)
    tomorrow_ms = NOON_MS + 24 * 3_600_000
    known.catalog.put(product("new", since=tomorrow_ms))
    made, state = lane(REGISTRY, known=known)
    waits_in(state, "ann", "tents", kind=Trigger.NEW_ARRIVAL)
    assert await pages(made, NOON_MS) == 0
    assert await pages(made, tomorrow_ms - 1) == 0
    await pages(made, tomorrow_ms + 3_600_000)
    assert state.waits == []
    assert any(name.startswith("flow:new_arrival") for name in state.timers)


async def test_products_go_before_what_is_new() -> None:
    known = shop(tent=3)
    known.catalog.put(product("new", since=NOW_MS + 1))
    made, state = lane(REGISTRY, known=known, pace=10)
    for number in range(15):
        waits_in(state, f"a{number}", "tents", kind=Trigger.NEW_ARRIVAL)
    crowd(state, 15, "tent")
    await pages(made, NOON_MS, 2)
    assert {member.partition("\x1f")[0] for member in state.waits} == {"new_arrival"}
