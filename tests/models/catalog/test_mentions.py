"""Articles and reviews: found by what they are about, and never taken for products."""

from typing import Any

from models.catalog import SHELF, Catalog
from models.decision import content
from models.person.profile import new_profile
from models.programme.flow_parts import Content
from models.step import Record
from tests.models.life import bundled_world, product


def article(product_id: str, *about: str, **fields: Any) -> Record:
    return product(product_id, **{"kind": "article", "about": list(about), **fields})


def review(product_id: str, *about: str, **fields: Any) -> Record:
    return product(product_id, **{"kind": "review", "about": list(about), **fields})


def test_they_are_found_by_what_they_are_about_best_and_newest_first() -> None:
    catalog = Catalog()
    for record in (
        article("a1", "tents", "t1", since=1_000),
        article("a2", "tents", since=2_000),
        article("a3", "tents", rating=5.0),
        review("r1", "t1", rating=2.0),
        review("r2", "t1", rating=5.0),
    ):
        catalog.put(record)
    assert catalog.articles_about("tents") == ("a3", "a2", "a1")
    assert catalog.articles_about("t1") == ("a1",)
    assert catalog.reviews_of("t1") == ("r2", "r1")
    assert catalog.reviews_of("tents") == ()
    assert catalog.articles_about("nowhere") == ()


def test_they_follow_the_catalog() -> None:
    catalog = Catalog({"a1": article("a1", "tents"), "r1": review("r1", "t1", "t2")})
    assert catalog.articles_about("tents") == ("a1",)
    catalog.put(article("a1", "ropes"))
    assert (catalog.articles_about("tents"), catalog.articles_about("ropes")) == ((), ("a1",))
    catalog.put(article("r1", "t2"))
    assert (catalog.reviews_of("t1"), catalog.reviews_of("t2")) == ((), ())
    assert catalog.articles_about("t2") == ("r1",)
    catalog.remove("r1")
    assert catalog.articles_about("t2") == ()
    catalog.put(product("a1"))
    assert catalog.articles_about("ropes") == ()


def test_of_very_many_reviews_the_best_are_kept() -> None:
    catalog = Catalog()
    for number in range(1_000):
        catalog.put(review(f"r-{number:04}", "t1", rating=float(number % 6)))
    found = catalog.reviews_of("t1")
    assert len(found) == SHELF
    assert {catalog[review_id]["rating"] for review_id in found} == {5.0}


def test_they_never_stand_on_shelves_nor_among_what_was_looked_at() -> None:
    catalog = Catalog({"t1": product("t1"), "a1": article("a1", "tents", since=5, stock=9)})
    catalog.put(review("r1", "t1", since=5, stock=9, rating=5.0))
    assert catalog.shelf("tents") == ("t1",)
    assert catalog.new_since("tents", 0) == ()
    profile = new_profile()
    profile.viewed.update({"a1": 3, "r1": 2, "t1": 1, "unknown": 0})
    world = bundled_world()
    world.catalog = catalog
    _, shown = content.considered(Content.VIEWED, "sub-1", profile, 9, world)
    assert [product for product, _ in shown] == ["t1", "unknown"]
