"""Finding tastes: they are found where they are, and nowhere else."""

from collections.abc import Generator
from statistics import mean
from typing import Any

import numpy as np
import pytest

from models.catalog import Catalog
from models.recommend.learner import Learner
from models.recommend.settings import Settings
from models.recommend.stored import load, parts_of
from models.recommend.tastes import fitting
from models.recommend.tastes.fitting import fit, fitted
from models.recommend.tastes.tastes import Tastes
from tests.models.life import product
from tests.models.recommend.tastes.shop import CATEGORIES, catalog, lived

SEEN = ["tents plain 0", "tents plain 1", "ropes plain 2"]


def lifts(tastes: Tastes, seen: list[str], style: str) -> list[float]:
    """By product of a style and a category in which nothing was looked at."""
    leaning = tastes.leaning(seen)
    assert leaning is not None
    return list(leaning.lifts(f"lamps {style} {number}" for number in range(6)).values())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whoever_looks_at_one_style_is_told_to_like_it_in_other_categories_too(seed: int) -> None:
    tastes = fit(lived(600, faithful=0.9, seed=seed), catalog())
    plain, bold = (lifts(tastes, SEEN, style) for style in ("plain", "bold"))
    assert min(plain) > max(bold)
    assert mean(plain) > 1.3
    assert mean(bold) < 0.7


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_there_is_no_style_next_to_nothing_is_found(seed: int) -> None:
    tastes = fit(lived(4_000, faithful=0.5, seed=seed), catalog())
    leaning = tastes.leaning(SEEN)
    if leaning is not None:
        found = np.array(list(leaning.lifts(catalog()).values()))
        assert np.abs(np.log(found)).max() < 0.1


def test_more_visits_tell_more() -> None:
    few, many = (fit(lived(visits, faithful=0.75), catalog()) for visits in (60, 3_000))
    right = [
        sum(lifts(tastes, SEEN, "plain")) - sum(lifts(tastes, SEEN, "bold"))
        for tastes in (few, many)
    ]
    assert right[1] > max(right[0], 1.5)


def test_the_same_visits_give_the_same_wherever_they_were_stored() -> None:
    learner = lived(300, faithful=0.9)
    first, second = fit(learner, catalog()), fit(load(list(parts_of(learner))), catalog())
    assert first.names == second.names
    assert np.array_equal(first.vectors, second.vectors)
    assert first.shelves == second.shelves
    assert first.chances == second.chances


def test_products_stand_by_category_the_most_viewed_first() -> None:
    learner = lived(200, faithful=0.7)
    for visit in range(300):
        learner.recommender.learn(f"more {visit}", "ropes bold 3")
    tastes = fit(learner, catalog())
    assert set(tastes.shelves) == set(CATEGORIES)
    first, after = tastes.shelves["ropes"]
    assert tastes.names[first] == "ropes bold 3"
    assert after - first == 12
    assert sum(tastes.shares[first:after]) == pytest.approx(1.0)
    assert sum(tastes.chances.values()) == pytest.approx(1.0)
    assert tastes.chances["ropes"] > tastes.chances["tents"]


def test_what_the_catalog_doesnt_sell_and_what_machines_did_is_left_out() -> None:
    learner = Learner(Settings(teaching=20))
    known = catalog()
    known.remove("tents plain 0")
    known.put(product("tents plain 1", kind="article"))
    for name in ("tents plain 0", "tents plain 1", "ropes plain 1"):
        learner.recommender.learn("visit", name)
    for number in range(40):
        learner.recommender.learn("machine", f"lamps bold {number % 6}")
    assert fit(learner, known).names == ["ropes plain 1"]


def test_only_the_last_products_of_a_long_visit_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "LONGEST", 3)
    learner = Learner()
    for number in range(6):
        learner.recommender.learn("visit", f"lamps bold {number}")
    assert sorted(fit(learner, catalog()).names) == [f"lamps bold {number}" for number in (3, 4, 5)]


def test_only_the_last_visits_count_where_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fitting, "VIEWS", 4)
    learner = Learner()
    for number in range(6):
        learner.recommender.learn(f"visit {number}", f"lamps bold {number}")
        learner.recommender.learn(f"visit {number}", f"lamps plain {number}")
    assert {name[-1] for name in fit(learner, catalog()).names} == {"4", "5"}


@pytest.mark.parametrize("names", [[], ["tents plain 0"], ["tents plain 0", "ropes bold 0"]])
def test_of_a_few_views_nothing_is_told(names: list[str]) -> None:
    learner = Learner()
    for name in names:
        learner.recommender.learn("visit", name)
    tastes = fit(learner, catalog())
    assert sorted(tastes.names) == sorted(names)
    assert tastes.leaning(names) is None
    assert fit(learner, Catalog()).leaning(names) is None


def test_it_stops_for_other_work() -> None:
    def stops(found: Generator[None, None, Any]) -> int:
        return sum(1 for _ in found)

    few, many = (stops(fitted(lived(visits, 0.9), catalog())) for visits in (100, 6_000))
    assert many > few + 20
