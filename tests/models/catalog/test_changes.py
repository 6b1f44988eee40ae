"""The feed of changes: each reader hears of each once; of too many, that any may have changed."""

from models.catalog import Catalog
from models.catalog.changes import MOST_CHANGED, Changes
from tests.models.life import product


def test_each_reader_hears_what_it_has_not_heard() -> None:
    changes = Changes()
    changes.note("a")
    changes.note("b")
    first = changes.since(0)
    assert first.products == ("a", "b")
    changes.note("a")
    assert changes.since(first.upto).products == ("a",)
    assert changes.since(0).products == ("b", "a")
    assert changes.since(changes.since(0).upto).products == ()


def test_who_is_too_far_behind_is_told_to_look_at_everything() -> None:
    changes = Changes()
    for number in range(MOST_CHANGED):
        changes.note(f"p-{number}")
    heard = changes.since(0)
    assert heard.products is not None
    assert len(heard.products) == MOST_CHANGED
    changes.note("one more")
    assert changes.since(0).products is None
    assert changes.since(heard.upto).products == ("one more",)


def test_an_item_changed_ten_thousand_times_is_one_change() -> None:
    catalog = Catalog({"b": product("b")})
    for number in range(10_000):
        catalog.put(product("a", price=1.0 + number % 7, stock=number % 3, updated_at=number))
        assert catalog.shelf("tents") == (("a", "b") if number % 3 else ("b",))
    assert catalog.changed().products == ("b", "a")


def test_what_nobody_waits_for_is_no_change() -> None:
    catalog = Catalog({"a": product("a", stock=5), "b": product("b", stock=0)})
    upto = catalog.changed().upto
    catalog.put(product("a", stock=4, rating=5.0, name="Another name"))
    assert catalog.changed(upto).products == ()
    catalog.put(product("b", stock=1))
    catalog.put(product("a", stock=4, price=10.0))
    catalog.remove("a")
    catalog.remove("unknown")
    assert catalog.changed(upto).products == ("b", "a")
