"""Prior prices: what the lowest one is, when it isn't known, and how little is kept."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.catalog import Catalog
from models.catalog.prices import KEPT_MS, MOST_PRICES, WINDOW_MS, PriceHistory
from models.decay import DAY_MS
from tests.models.life import product

START_MS = 1_700_000_000_000


def told(*changes: tuple[float, float], **fields: Any) -> Catalog:
    """A lamp whose price was told on some days, each with the price."""
    catalog = Catalog()
    for day, price in changes:
        at_ms = START_MS + int(day * DAY_MS)
        catalog.put(product("lamp", price=price, updated_at=at_ms, **fields))
    return catalog


def lowest(catalog: Catalog, day: float) -> float | None:
    return catalog.lowest_price("lamp", START_MS + int(day * DAY_MS))


def test_the_lowest_of_the_thirty_days_before_the_present_price() -> None:
    catalog = told((0, 50.0), (35, 80.0), (40, 60.0), (41, 90.0), (60, 55.0))
    assert lowest(catalog, 60) == 50.0  # it held until day 35, which is within
    catalog.put(product("lamp", price=40.0, updated_at=START_MS + 66 * DAY_MS))
    assert lowest(catalog, 66) == 55.0


def test_the_present_price_does_not_count() -> None:
    assert lowest(told((0, 100.0), (40, 70.0)), 41) == 100.0


def test_news_of_the_stock_changes_no_price() -> None:
    catalog = told((0, 100.0), (20, 100.0), (40, 70.0), (45, 70.0))
    assert lowest(catalog, 46) == 100.0


def test_what_is_not_known_for_thirty_days_is_not_told() -> None:
    assert lowest(told((0, 100.0)), 1) is None
    assert lowest(told((0, 100.0), (29, 70.0)), 30) is None
    assert lowest(told((0, 100.0), (30, 70.0)), 30) == 100.0
    assert lowest(Catalog(), 0) is None


def test_of_a_new_product_all_is_known_since_it_was_there() -> None:
    catalog = told((0, 100.0), (10, 70.0), since=START_MS + DAY_MS)
    assert lowest(catalog, 11) == 100.0
    assert lowest(told((0, 100.0), (10, 70.0), since=START_MS - DAY_MS), 11) is None


def test_a_reduction_is_one_for_a_month() -> None:
    catalog = told((0, 100.0), (40, 70.0))
    assert lowest(catalog, 71) == 100.0
    assert lowest(catalog, 71.01) is None
    assert lowest(catalog, 39) is None


def test_a_record_that_comes_late_undoes_no_history() -> None:
    catalog = told((0, 100.0), (40, 70.0), (35, 120.0))
    # The log's last word is what the product costs, from the latest time known.
    assert catalog["lamp"].price == 120.0
    assert catalog["lamp"].updated_at == START_MS + 40 * DAY_MS
    assert lowest(catalog, 41) == 70.0
    catalog.put(product("lamp", price=70.0, updated_at=START_MS + 41 * DAY_MS))
    assert lowest(catalog, 41) == 70.0


def test_a_record_without_a_time_counts_from_when_it_was_written() -> None:
    catalog = told((0, 100.0))
    catalog.put(product("lamp", price=70.0, updated_at=0), START_MS + 40 * DAY_MS)
    assert lowest(catalog, 40) == 100.0


def test_a_product_that_comes_back_has_its_past() -> None:
    catalog = told((0, 60.0))
    catalog.remove("lamp", START_MS + 40 * DAY_MS)
    catalog.put(product("lamp", price=100.0, updated_at=START_MS + 41 * DAY_MS))
    catalog.put(product("lamp", price=90.0, updated_at=START_MS + 45 * DAY_MS))
    assert lowest(catalog, 45) == 60.0


def test_a_price_in_another_currency_is_compared_with_nothing() -> None:
    catalog = told((0, 100.0))
    catalog.put(
        product("lamp", price=10.0, currency="DKK", updated_at=START_MS + 40 * DAY_MS),
    )
    assert lowest(catalog, 40) is None


def test_an_item_changed_ten_thousand_times() -> None:
    history = PriceHistory()
    step_ms = WINDOW_MS // 10_000
    for number in range(10_000):
        at_ms = START_MS + number * step_ms
        history.ended("lamp", 1.0 + number, at_ms, at_ms + step_ms)
    assert len(history._young["lamp"].lows) <= 2 * MOST_PRICES
    end_ms = START_MS + 10_000 * step_ms
    assert history.lowest("lamp", end_ms, None) == 1.0
    # Of long ago one price a day is kept: it may be too low by what a day changes, never too high.
    found = history.lowest("lamp", end_ms + 5 * DAY_MS, None)
    exact = 1.0 + 5 * DAY_MS // step_ms
    assert found is not None
    assert exact - DAY_MS / step_ms <= found <= exact


def test_what_has_not_changed_for_long_is_let_go_of() -> None:
    history = PriceHistory()
    for number in range(100):
        history.ended(f"lamp-{number}", 10.0, START_MS, START_MS + 1)
    assert len(history) == 100
    for turn in (1, 2):
        history.ended("table", 10.0, START_MS, START_MS + 1 + turn * KEPT_MS)
    assert len(history) == 1


@given(
    prices=st.lists(
        st.tuples(st.integers(1, 15 * DAY_MS), st.sampled_from([5.0, 7.0, 9.0, 11.0])),
        min_size=2,
        max_size=12,
    )
)
def test_it_is_what_looking_through_all_prices_gives(prices: list[tuple[int, float]]) -> None:
    at_ms, changes = START_MS, [(START_MS, 6.0)]
    for gap_ms, price in prices:
        at_ms += gap_ms
        if price != changes[-1][1]:
            changes.append((at_ms, price))
    catalog = Catalog()
    for told_ms, price in changes:
        catalog.put(product("lamp", price=price, updated_at=told_ms))
    since_ms = changes[-1][0]
    held = [
        price for (_, price), (ended_ms, _) in pairwise(changes) if ended_ms > since_ms - WINDOW_MS
    ]
    known = len(changes) > 1 and since_ms - WINDOW_MS >= START_MS
    assert catalog.lowest_price("lamp", since_ms) == (min(held) if known else None)
