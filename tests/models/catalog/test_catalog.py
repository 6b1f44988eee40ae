from models.catalog import SHELF, Catalog
from tests.models.life import product


def test_a_shelf_holds_what_is_in_stock_best_rated_first() -> None:
    catalog = Catalog()
    for number in range(SHELF + 10):
        catalog.put(product(f"p-{number:03}", rating=(number % 5) * 1.0))
    catalog.put(product("gone", stock=0, rating=5.0))
    catalog.put(product("unrated", rating=None))
    catalog.put(product("elsewhere", category="ropes"))
    shelf = catalog.shelf("tents")
    assert len(shelf) == SHELF
    ratings = [catalog[p]["rating"] for p in shelf]
    assert ratings == sorted(ratings, reverse=True)
    assert {"gone", "elsewhere"}.isdisjoint(shelf)
    assert catalog.shelf("nowhere") == ()


def test_a_shelf_follows_the_catalog() -> None:
    catalog = Catalog({"a": product("a"), "b": product("b")})
    assert catalog.shelf("tents") == ("a", "b")
    catalog.put(product("a", stock=0))
    assert catalog.shelf("tents") == ("b",)
    catalog.put(product("b", category="ropes"))
    assert catalog.shelf("tents") == ()
    assert catalog.shelf("ropes") == ("b",)
    catalog.remove("b")
    catalog.remove("b")
    assert catalog.shelf("ropes") == ()
    assert list(catalog) == ["a"]


def test_what_the_catalog_does_not_know_is_not_sold_out() -> None:
    catalog = Catalog({"a": product("a", stock=0)})
    assert catalog.sold_out("a")
    assert not catalog.sold_out("unknown")
    assert catalog.find("unknown") is None
    assert catalog.find(None) is None
