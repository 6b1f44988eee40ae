import pytest

from models.catalog import Catalog
from models.slots.hero import ends_soon, hero_of, low_stock
from schemas.catalog_entry import Entry
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, product
from tests.models.slots.shop import shop


def test_the_hero_is_the_first_that_the_catalog_knows() -> None:
    assert hero_of(["unknown", "tent-1", "tent-2"], shop(product("tent-2"))) == "tent-1"
    assert hero_of(["unknown"], shop()) == ""
    assert hero_of([], shop()) == ""
    assert hero_of(["tent-1"], Catalog()) == "", "no mail of a shop without a catalog shows it"


@pytest.mark.parametrize(("stock", "few"), [(0, 0), (1, 5), (5, 5), (6, 0)])
def test_few_are_left_from_one_to_what_the_programme_says(stock: int, few: int) -> None:
    assert low_stock(Entry.of(product("tent-1", stock=stock)), 5) == few


@pytest.mark.parametrize(
    ("in_ms", "soon"),
    [
        (None, False),
        (-HOUR_MS, False),
        (4 * HOUR_MS, False),  # the mail may still be leaving
        (4 * HOUR_MS + 1, True),
        (3 * DAY_MS, True),
        (3 * DAY_MS + 1, False),
    ],
)
def test_what_ends_soon_ends_after_the_mail_may_leave(in_ms: int | None, *, soon: bool) -> None:
    ends_ms = None if in_ms is None else NOON_MS + in_ms
    found = ends_soon(ends_ms, NOON_MS, NOON_MS + 4 * HOUR_MS, 3 * DAY_MS)
    assert found == (ends_ms if soon else 0)
