"""The tree of categories: shelves take in what lies below, and no circle is ever closed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalog import Catalog
from models.catalog.categories import DEEPEST, Categories
from models.errors import CategoryError
from models.step import Record
from schemas.catalog_entry import category_key
from tests.models.life import product

NAMES = "abcdef"


def category(name: str, parent: str = "") -> Record:
    return product(
        category_key(name), name=name.title(), kind="category", category=parent, price=0.0, stock=0
    )


def shop() -> Catalog:
    catalog = Catalog()
    for record in (
        product("t1", category="tents", rating=3.0),
        product("r1", category="ropes", rating=4.0),
        product("o1", category="outdoor", rating=3.5),
        product("b1", category="books", rating=5.0),
        category("tents", "outdoor"),
        category("ropes", "outdoor"),
        category("outdoor"),
    ):
        catalog.put(record)
    return catalog


def test_a_shelf_takes_in_what_lies_below() -> None:
    catalog = shop()
    assert catalog.shelf("outdoor") == ("r1", "o1", "t1")
    assert catalog.shelf("tents") == ("t1",)
    assert catalog.ancestors("tents") == ("outdoor",)
    assert catalog.ancestors("outdoor") == ()


def test_a_shelf_follows_what_lies_below() -> None:
    catalog = shop()
    assert catalog.shelf("outdoor")[0] == "r1"
    catalog.put(product("t1", category="tents", rating=5.0))
    assert catalog.shelf("outdoor")[0] == "t1"
    catalog.put(category("tents", "books"))
    assert catalog.shelf("outdoor") == ("r1", "o1")
    assert catalog.shelf("books") == ("b1", "t1")
    catalog.remove(category_key("tents"))
    assert catalog.shelf("books") == ("b1",)
    assert catalog.shelf("tents") == ("t1",)


def test_a_category_is_no_product() -> None:
    catalog = shop()
    assert catalog.shelf("") == ()
    assert not catalog.may_be_product(category_key("tents"))
    assert catalog.may_be_product("t1")
    assert catalog.may_be_product("unknown")


def test_the_record_that_closes_a_circle_is_refused_and_the_catalog_stays() -> None:
    catalog = shop()
    with pytest.raises(CategoryError, match="outdoor in tents in outdoor") as caught:
        catalog.put(category("outdoor", "tents"))
    assert caught.value.reason == "category_cycle"
    assert catalog[category_key("outdoor")].category == ""
    assert catalog.shelf("outdoor") == ("r1", "o1", "t1")
    with pytest.raises(CategoryError, match="books in books"):
        catalog.put(category("books", "books"))


def test_categories_lie_in_each_other_so_deep_and_no_deeper() -> None:
    categories = Categories()
    for level in range(1, DEEPEST + 1):
        categories.put(f"c{level}", f"c{level - 1}")
    assert len(categories.ancestors(f"c{DEEPEST}")) == DEEPEST
    with pytest.raises(CategoryError) as caught:
        categories.put("too deep", f"c{DEEPEST}")
    assert caught.value.reason == "category_too_deep"


def test_a_chain_grown_from_below_is_walked_no_further_than_that() -> None:
    catalog = Catalog({"p": product("p", category="c0")})
    for level in range(200):
        catalog.put(category(f"c{level}", f"c{level + 1}"))
    assert len(catalog.ancestors("c0")) == DEEPEST
    assert catalog.shelf("c1") == ("p",)
    with pytest.raises(CategoryError):
        catalog.put(category("c200", "c0"))


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["", *NAMES])), max_size=40))
def test_whoever_walks_up_comes_to_an_end(puts: list[tuple[str, str]]) -> None:
    categories = Categories()
    for name, parent in puts:
        before = categories.ancestors(name)
        try:
            categories.put(name, parent)
        except CategoryError:
            assert categories.ancestors(name) == before
        assert name not in categories.ancestors(name)
        for other in NAMES:
            for above in categories.ancestors(other)[:1]:
                assert other in categories.children(above)
