"""A campaign goes through everybody who can be mailed, a page at a time, each once."""

from dataclasses import replace

from models.campaigns.campaign import Campaign
from models.programme.flow_events import Trigger
from models.world import World
from streams.reach import DONE, Reach
from tests.models.life import product
from tests.streams.fakes import FakeState, lane
from tests.streams.records import world
from tests.streams.test_fanout import NOON_MS, REGISTRY, decided, pages, waits_in

HOUR_MS = 3_600_000


def selling() -> World:
    """The shipped programme with a sale that is open from noon for a day."""
    known = world()
    programme = known.programme
    programme.campaigns["sale"] = Campaign("sale", (), NOON_MS, NOON_MS + 24 * HOUR_MS)
    programme.flows["sale"] = replace(
        programme.flows["win_back"],
        name="sale",
        trigger=Trigger.CAMPAIGN,
        delay_ms=0,
        window_ms=24 * HOUR_MS,
        again_after_ms=100 * 366 * 24 * HOUR_MS,
        at_most=None,
    )
    return known


def reaches(state: FakeState, people: int) -> list[str]:
    names = [f"s{number:04d}" for number in range(people)]
    for name in names:
        waits_in(state, name)
    state.waits = [f"reach\x1f\x1f{name}" for name in names]
    return names


def cursor(state: FakeState) -> str:
    """How far the last write says that the sale has come."""
    return next(w.meta["campaign:sale"] for w in reversed(state.commits) if w.meta)


async def test_everybody_has_their_turn_once() -> None:
    made, state = lane(REGISTRY, known=selling())
    names = reaches(state, 120)
    assert await pages(made, NOON_MS - HOUR_MS) == 0, "it isn't open yet"
    await pages(made, NOON_MS)
    assert sorted(decided(made)) == names
    assert cursor(state) == DONE
    assert await pages(made, NOON_MS + HOUR_MS) == 0
    assert made.fanout.wait_ms(NOON_MS + HOUR_MS) is None


async def test_whoever_takes_over_goes_on_behind_the_last_page() -> None:
    first, state = lane(REGISTRY, known=selling())
    names = reaches(state, 120)
    assert await first._tell_page(NOON_MS, NOON_MS)
    second, anew = lane(REGISTRY, known=selling())
    anew.waits, anew.values = state.waits, state.values
    second.fanout.reach = Reach(second.state, {"sale": cursor(state)})
    await pages(second, NOON_MS + HOUR_MS)
    assert decided(second) == names[50:]


async def test_outside_its_window_nothing_more_starts() -> None:
    made, state = lane(REGISTRY, known=selling())
    names = reaches(state, 120)
    assert await made._tell_page(NOON_MS, NOON_MS)
    assert await pages(made, NOON_MS + 24 * HOUR_MS) == 0
    assert decided(made) == names[:50]


async def test_a_campaign_and_those_who_wait_take_turns() -> None:
    known = selling()
    known.catalog.put(product("tent", stock=5))
    made, state = lane(REGISTRY, known=known, pace=10)
    names = reaches(state, 100)
    reached = state.waits
    for number in range(100):
        waits_in(state, f"w{number:04d}", "tent")
    state.waits = sorted({*state.waits, *reached})
    await pages(made, NOON_MS, 4)
    told = decided(made)
    assert sorted(told) == [*names[:20], *(f"w{number:04d}" for number in range(20))]
