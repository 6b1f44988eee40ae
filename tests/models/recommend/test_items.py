"""The table of items: bounded, and decaying without touching what is old."""

import pytest

from models.recommend.items import Items
from models.recommend.settings import Settings


def test_the_one_unseen_for_longest_is_forgotten_first() -> None:
    items = Items(Settings(items=2))
    for name in ("a", "b", "a", "c"):
        items.add(items.seen(name), 1)
    assert list(items.known) == ["a", "c"]
    assert items.leaders.names == ["a", "c"]
    assert items.share("b") == 0.0


def test_what_is_recent_weighs_more() -> None:
    items = Items(Settings(memory=10.0))
    for name in ["old"] * 30 + ["new"] * 20:
        items.add(items.seen(name), 1)
    assert items.leaders.names == ["new", "old"]
    assert items.share("new") > 0.8
    assert items.share("new") + items.share("old") == pytest.approx(1.0)


def test_weights_stay_finite_however_long_it_goes_on() -> None:
    items = Items(Settings(memory=1.0, postings=2))
    for at in range(3_000):
        items.add(items.seen(f"i{at % 3}"), at)
    assert items.unit < 1e101
    shares = [items.share(f"i{at}") for at in range(3)]
    assert sum(shares) == pytest.approx(1.0)
    assert items.leaders.names == ["i2", "i1", "i0"]
    assert items.known["i2"].sessions == [2_996, 2_999]


def test_what_everybody_looks_at_says_nothing() -> None:
    items = Items(Settings())
    for name in ["hit"] * 99 + ["rare"]:
        items.add(items.seen(name), 1)
    assert items.rarity(items.known["hit"]) < 0.02
    assert items.rarity(items.known["rare"]) > 4.0
    assert items.rarity(items.seen("never")) == 0.0
