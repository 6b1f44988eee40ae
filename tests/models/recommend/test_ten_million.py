"""An item with ten million views and orders: from what was heard to what a mail recommends."""

from dataclasses import replace
from math import isfinite

import pytest

from models.recommend.followers import Followers
from models.recommend.learner import Learner
from models.recommend.preferences import Preferences
from models.recommend.products import Products
from models.recommend.sorting import sorted_products
from models.recommend.sources import Purpose
from models.recommend.stored import PART_BYTES, load, parts_of
from tests.models.recommend.test_choose import NOBODY, catalog_of, found
from tests.models.recommend.test_learner import one, record

MANY = 1e7
HIT = "hit"
CATALOG = catalog_of(*"abcdefgh", HIT)


def famous() -> Learner:
    """Visits along a, b, c, along d, e, f, and from h to a hit, which goes with a in orders."""
    learner = Learner()
    for number in range(20):
        for place, visit in enumerate(("abc", "def", ("h", HIT))):
            views = [one("view", f"v{place} {number}", name) for name in visit]
            learner.hear(record(10 * number + place, *views))
        learner.hear(record(10 * number + 5, one("purchase", f"o{number}", "a", HIT)))
    items = learner.recommender.items
    items.total += MANY - items.known[HIT].weight
    items.known[HIT].weight = MANY
    items.leaders.rise(HIT, MANY)
    for followers in (items.known["h"].followers, learner.bought.known["a"]):
        followers.total += MANY - followers.weights[HIT]
        followers.weights[HIT] = MANY
    return learner


def stored_and_sorted(learner: Learner) -> Products:
    parts = list(parts_of(learner))
    assert max(map(len, parts)) <= 2 * PART_BYTES
    again = load(parts)
    assert list(parts_of(again)) == parts, "nothing is lost to rounding"
    return sorted_products(again, CATALOG)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_it_is_one_product_among_others(purpose: Purpose) -> None:
    asked = replace(NOBODY, recent=("a",), bought=("a",), liked={"tents": 1.0})
    asked = replace(asked, barred=frozenset("a"))
    chosen = found(asked, stored_and_sorted(famous()), CATALOG, purpose, Preferences())
    assert len({each.product for each in chosen}) == 3
    assert all(isfinite(each.weight) and 0.0 <= each.weight <= 1.0 for each in chosen)


def test_what_follows_in_a_visit_goes_before_what_everybody_looks_at() -> None:
    asked = replace(NOBODY, recent=("a",), barred=frozenset("a"))
    chosen = found(asked, stored_and_sorted(famous()), CATALOG)
    assert chosen[0].product in "bc"
    assert found(NOBODY, stored_and_sorted(famous()), CATALOG)[0].product == HIT


def test_its_next_view_still_counts_and_what_is_new_is_still_learned() -> None:
    learner = famous()
    known = learner.recommender.items.known
    before = known[HIT].weight
    for number in range(40):
        views = [one("view", f"n {number}", name) for name in (HIT, "a", "g")]
        learner.hear(record(1_000 + number, *views))
    assert known[HIT].weight - before == pytest.approx(40.0, rel=0.01)
    asked = replace(NOBODY, recent=(HIT, "a"), barred=frozenset({HIT, "a"}))
    chosen = found(asked, stored_and_sorted(learner), CATALOG)
    assert "g" in [each.product for each in chosen]


def test_what_follows_it_now_comes_up_where_all_that_is_kept_followed_it_ten_million_times() -> (
    None
):
    followers = Followers({f"old {n}": MANY for n in range(64)}, 64 * MANY)
    for number in range(120):
        for name in ("new", *(f"chance {number} {n}" for n in range(16))):
            followers.add(name, 1.0, 64)
    assert len(followers.weights) <= 64
    assert max(followers.weights, key=lambda name: followers.weights[name]) == "new"
