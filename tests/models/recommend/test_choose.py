"""What is recommended: who gets what from which source, what never is, and how it is mixed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalog import Catalog
from models.decay import DAY_MS
from models.recommend.asked import Asked
from models.recommend.choose import choose
from models.recommend.learner import Learner
from models.recommend.preferences import Preferences
from models.recommend.products import Products
from models.recommend.sorting import sorted_products
from models.recommend.sources import Found, Purpose
from tests.models.life import product
from tests.models.recommend.tastes import shop as styled
from tests.models.recommend.test_learner import one, record

NOW_MS = 1_790_000_000_000
NOBODY = Asked((), (), {}, frozenset(), NOW_MS)
PLAIN = Preferences(per_category=10, per_brand=10, diversity=0.0)


def catalog_of(*names: str, **fields: Any) -> Catalog:
    return Catalog({name: product(name, **fields) for name in names})


def visited(catalog: Catalog, *visits: str) -> Products:
    """What visits teach in which products of one letter were looked at, ten times each."""
    learner = Learner()
    for number in range(10):
        for place, visit in enumerate(visits):
            views = [one("view", f"v{place} {number}", name) for name in visit]
            learner.hear(record(100 * number + place, *views))
    return sorted_products(learner, catalog)


def found(
    asked: Asked,
    products: Products,
    catalog: Catalog,
    purpose: Purpose = Purpose.RECOMMENDED,
    preferences: Preferences = PLAIN,
    count: int = 3,
) -> list[Found]:
    return choose(purpose, asked, products, catalog, preferences, count)


def test_what_follows_in_visits_comes_first() -> None:
    catalog = catalog_of(*"abcdef")
    products = visited(catalog, "abc", "def", "def", "def")
    chosen = found(replace(NOBODY, recent=("a",), barred=frozenset("a")), products, catalog)
    assert [one.product for one in chosen[:2]] == ["b", "c"]
    assert {one.label for one in chosen[:2]} <= {"sequence", "collaborative"}


def test_a_new_person_gets_what_is_popular_and_a_liked_category_counts() -> None:
    catalog = catalog_of(*"ab")
    for name in "xy":
        catalog.put(product(name, category="ropes"))
    products = visited(catalog, "ab", "a", "a", "xy")
    chosen = found(NOBODY, products, catalog)
    assert (chosen[0].product, chosen[0].label) == ("a", "popularity")
    chosen = found(replace(NOBODY, liked={"ropes": 1.0}), products, catalog)
    assert {(one.product, one.label) for one in chosen[:2]} == {
        ("x", "category"),
        ("y", "category"),
    }


def test_a_product_that_nobody_has_seen_is_found_by_what_it_is() -> None:
    catalog = catalog_of("old", brand="Ada", tags=["brass"], price=40.0)
    for number in range(40):
        catalog.put(product(f"p{number}", price=400.0, rating=5.0))
    new = {"brand": "Ada", "tags": ["brass"], "price": 42.0, "rating": None}
    catalog.put(product("new", since=NOW_MS - DAY_MS, **new))
    asked = replace(NOBODY, recent=("old",), barred=frozenset({"old"}))
    chosen = found(asked, Products(), catalog)
    assert (chosen[0].product, chosen[0].label) == ("new", "content")


def test_whoever_looks_at_one_style_is_shown_it_in_other_categories_too() -> None:
    known = styled.catalog()
    products = sorted_products(styled.lived(600, faithful=0.9), known)
    recent = ("lamps bold 1", "tents plain 0", "tents plain 1")
    for style in ("plain", "bold"):
        asked = Asked(
            tuple(name.replace("plain", style) for name in recent),
            (),
            {"ropes": 1.0},
            frozenset(),
            NOW_MS,
            3.0,
        )
        chosen = found(asked, products, known)
        assert {one.product.rsplit(maxsplit=1)[0] for one in chosen} == {f"ropes {style}"}
        assert {one.label for one in chosen} == {"collaborative"}


def test_substitutes_stay_in_the_category_and_complements_leave_it() -> None:
    catalog = catalog_of(*"ab")
    for name in "xy":
        catalog.put(product(name, category="ropes"))
    products = visited(catalog, "axb", "axb", "ayb")
    asked = replace(NOBODY, recent=("a",), bought=("a",), barred=frozenset("a"))
    substitutes = found(asked, products, catalog, Purpose.SUBSTITUTES)
    assert (substitutes[0].product, substitutes[0].label) == ("b", "substitutes")
    assert not {"x", "y"} & {one.product for one in substitutes}
    complements = found(asked, products, catalog, Purpose.COMPLEMENTS)
    assert complements[0].product == "x"
    assert complements[0].label in ("sequence", "collaborative")


def test_what_is_barred_gone_sold_out_or_no_product_is_never_recommended() -> None:
    catalog = catalog_of(*"abcdefg")
    products = visited(catalog, "abcdefgh")  # h was deleted from the catalog
    catalog.put(product("c", stock=0))
    catalog.put(product("d", kind="article"))
    catalog.put(product("e", since=NOW_MS + 1))
    asked = replace(NOBODY, recent=("a",), barred=frozenset("ab"))
    chosen = found(asked, products, catalog, count=20)
    assert {one.product for one in chosen} == {"f", "g"}
    catalog.remove("f")
    assert {one.product for one in found(asked, products, catalog, count=20)} == {"g"}
    assert found(asked, products, Catalog()) == []


def test_a_category_and_a_brand_have_their_most_where_there_is_more() -> None:
    catalog = catalog_of(*"abcdef", brand="Ada")
    catalog.put(product("x", category="ropes", brand="Bea"))
    products = visited(catalog, "abcdef", "abcdef", "abcdef", "x")
    for wishes in (replace(PLAIN, per_category=2), replace(PLAIN, per_brand=2)):
        chosen = found(NOBODY, products, catalog, preferences=wishes)
        assert [one.product for one in chosen][2] == "x"
        catalog.remove("x")
        assert len(found(NOBODY, products, catalog, preferences=wishes)) == 3
        catalog.put(product("x", category="ropes", brand="Bea"))


def test_what_is_alike_counts_less_after_the_first() -> None:
    catalog = catalog_of(*"abc")
    catalog.put(product("x", category="ropes"))
    products = visited(catalog, "abc", "abc", "x", "x")
    plain = found(NOBODY, products, catalog)
    diverse = found(NOBODY, products, catalog, preferences=replace(PLAIN, diversity=0.9))
    assert "x" in [one.product for one in diverse][:2]
    assert len(plain) == len(diverse) == 3


@pytest.mark.parametrize(
    "wishes",
    [
        replace(PLAIN, brands={"Ada": 9.0}),
        replace(PLAIN, categories={"ropes": 9.0}),
        replace(PLAIN, tags={"new": 9.0}),
    ],
)
def test_boosts_lift_what_the_shop_wants(wishes: Preferences) -> None:
    catalog = catalog_of(*"abc")
    catalog.put(product("x", category="ropes", brand="Ada", tags=["new"]))
    products = visited(catalog, "abc", "abc", "abc", "x")
    assert found(NOBODY, products, catalog)[0].product != "x"
    chosen = found(NOBODY, products, catalog, preferences=wishes)
    assert chosen[0].product == "x"


def test_margin_lifts_what_is_dear() -> None:
    catalog = catalog_of(*"ab", price=10.0)
    catalog.put(product("x", price=1_000.0))
    catalog.put(product("free", price=0.0))
    products = visited(catalog, "ab", "ab", "x", "free")
    assert found(NOBODY, products, catalog)[0].product != "x"
    chosen = found(NOBODY, products, catalog, preferences=replace(PLAIN, margin=1.0))
    assert chosen[0].product == "x"


names = st.sampled_from([*"abcdefgh", "unknown"])


@given(
    visits=st.lists(st.text("abcdefgh", min_size=1, max_size=8), max_size=6),
    recent=st.lists(names, max_size=6, unique=True),
    bought=st.lists(names, max_size=4, unique=True),
    barred=st.frozensets(names),
    purpose=st.sampled_from(Purpose),
)
def test_whatever_is_asked_each_is_shown_once_and_may_be(
    visits: list[str],
    recent: list[str],
    bought: list[str],
    barred: frozenset[str],
    purpose: Purpose,
) -> None:
    catalog = catalog_of(*"abcd")
    for name in "efg":
        catalog.put(product(name, category="ropes", stock=ord(name) % 2))
    products = visited(catalog, *visits)
    asked = Asked(tuple(recent), tuple(bought), {"ropes": 1.0, "tents": 0.3}, barred, NOW_MS)
    chosen = found(asked, products, catalog, purpose, Preferences())
    shown = [one.product for one in chosen]
    assert len(shown) == len(set(shown)) <= 3
    assert not barred & set(shown)
    assert all(name in catalog and catalog[name].stock > 0 for name in shown)
    assert chosen == found(asked, products, catalog, purpose, Preferences())
