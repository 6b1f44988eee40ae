import pytest

from models.decay import value
from models.person.half_lives import CATEGORY_HALF_LIFE_MS
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life, product


def _affinity(life: Life, category: str) -> float:
    return value(life.profile.categories[category], NOON_MS, CATEGORY_HALF_LIFE_MS)


def test_a_browse_leaves_what_was_looked_at() -> None:
    life = Life()
    life.happens("browse", NOON_MS, product_id="tent-1", category="tents", price=80.0)
    profile = life.profile
    assert (profile.browses, profile.first_ms, profile.last_ms) == (1, NOON_MS, NOON_MS)
    assert profile.last_browse_ms == NOON_MS
    assert list(profile.viewed) == ["tent-1"]
    assert profile.price_mean == 80.0
    assert _affinity(life, "tents") == pytest.approx(1.0)


def test_what_the_event_does_not_say_the_catalog_does() -> None:
    life = Life()
    life.world.catalog.put(product("tent-1", category="tents", price=50.0))
    life.happens("browse", NOON_MS, product_id="tent-1")
    assert life.profile.price_mean == 50.0
    assert set(life.profile.categories) == {"tents"}


def test_affinity_fades_and_the_weakest_of_many_goes() -> None:
    life = Life()
    life.happens("browse", NOON_MS - 28 * DAY_MS, category="old")
    assert _affinity(life, "old") == pytest.approx(0.5)
    for number in range(20):
        life.happens("browse", NOON_MS, category=f"category-{number}")
    assert len(life.profile.categories) == 12
    assert "old" not in life.profile.categories


def test_only_the_last_products_are_kept_each_once() -> None:
    life = Life()
    for number in (1, 2, 3, 4, 5, 6, 1, 7):
        life.happens("browse", NOON_MS + life.profile.browses, product_id=f"p-{number}")
    assert set(life.profile.viewed) == {
        "p-1",
        "p-3",
        "p-4",
        "p-5",
        "p-6",
        "p-7",
    }


def test_an_older_browse_changes_no_recency() -> None:
    life = Life()
    life.happens("browse", NOON_MS, product_id="tent-1")
    life.happens("browse", NOON_MS - HOUR_MS, product_id="tent-1")
    assert life.profile.last_browse_ms == NOON_MS
    assert life.profile.viewed == {"tent-1": NOON_MS}
    assert life.profile.first_ms == NOON_MS - HOUR_MS


def test_ids_too_long_to_keep_whole_are_not_kept() -> None:
    life = Life()
    life.happens("browse", NOON_MS, product_id="x" * 200, category="c" * 200, price=1e12)
    assert life.profile.viewed == {}
    assert set(life.profile.categories) == {"c" * 40}
    assert life.profile.price_mean == 1e7
