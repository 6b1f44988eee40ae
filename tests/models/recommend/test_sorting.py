"""What decisions ask is worked out of what was learned, with other work in between."""

from models.catalog import Catalog
from models.recommend.learner import Learner
from models.recommend.sorting import POPULAR, Sorting, sorted_products
from tests.models.recommend.tastes.shop import CATEGORIES, catalog, lived


def test_the_popular_products_of_each_category_come_first() -> None:
    learner = lived(60, faithful=0.9)
    for visit in range(50):
        learner.recommender.learn(f"more {visit}", "ropes bold 3")
    products = sorted_products(learner, catalog())
    assert products.learned is learner
    assert set(products.popular) == set(CATEGORIES)
    assert products.popular["ropes"][0] == "ropes bold 3"
    assert all(len(names) <= POPULAR for names in products.popular.values())
    assert set(products.tastes.shelves) == set(CATEGORIES)


def test_of_nothing_learned_there_is_nothing() -> None:
    products = sorted_products(Learner(), Catalog())
    assert products.popular == {}
    assert products.tastes.leaning(["a"]) is None


def test_a_stretch_at_a_time_gives_the_same() -> None:
    learner = lived(3_000, faithful=0.9)
    sorting = Sorting(learner, catalog())
    stops = sum(1 for _ in sorting.stretches())
    assert stops > 5
    assert sorting.products().popular == sorted_products(learner, catalog()).popular
