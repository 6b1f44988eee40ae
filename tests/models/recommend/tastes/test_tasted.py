"""What people of like taste look at: of which categories, and how it is weighed."""

from dataclasses import replace

import pytest

from models.catalog import Catalog
from models.recommend.asked import Asked
from models.recommend.sources import Found, Purpose
from models.recommend.tastes.fitting import fit
from models.recommend.tastes.tasted import tasted
from models.recommend.tastes.tastes import Tastes
from tests.models.life import product
from tests.models.recommend.tastes.shop import catalog, lived

ASKED = Asked(
    recent=("tents plain 0", "ropes plain 1"),
    bought=(),
    liked={"tents": 1.0, "ropes": 0.5},
    barred=frozenset({"tents plain 0", "ropes plain 1"}),
    now_ms=0,
    known=3.0,
)


@pytest.fixture(scope="module")
def tastes() -> Tastes:
    return fit(lived(600, faithful=0.9), catalog())


def named(tastes: Tastes, purpose: Purpose, asked: Asked, known: Catalog) -> dict[str, float]:
    """By product its weight, lifted as it will be."""
    leaning = tastes.leaning(asked.recent)
    assert leaning is not None
    found: list[Found] = list(tasted(purpose, asked, tastes, leaning, known))
    assert {one.label for one in found} <= {"collaborative"}
    lifts = leaning.lifts(one.product for one in found)
    return {one.product: one.weight * lifts[one.product] for one in found}


def test_the_persons_categories_by_how_much_each_is_liked(tastes: Tastes) -> None:
    found = named(tastes, Purpose.RECOMMENDED, ASKED, catalog())
    assert {name.split()[0] for name in found} == {"tents", "ropes"}
    assert not ASKED.barred & found.keys()
    assert max(found.values()) == pytest.approx(2.0)
    best = sorted(found, key=lambda name: -found[name])
    assert {name.rsplit(maxsplit=1)[0] for name in best[:4]} == {"tents plain"}


def test_little_is_known_of_somebody_who_looked_at_little(tastes: Tastes) -> None:
    def ratio(known: float) -> float:
        asked = replace(ASKED, known=known)
        found = named(tastes, Purpose.RECOMMENDED, asked, catalog())
        return found["tents plain 1"] / found["ropes plain 2"]

    assert ratio(0.1) < ratio(3.0) < ratio(50.0)


def test_substitutes_are_of_the_last_category_and_complements_of_others(tastes: Tastes) -> None:
    found = named(tastes, Purpose.SUBSTITUTES, ASKED, catalog())
    assert {name.split()[0] for name in found} == {"ropes"}
    asked = replace(ASKED, bought=("tents bold 1", "unknown"))
    found = named(tastes, Purpose.COMPLEMENTS, asked, catalog())
    assert {name.split()[0] for name in found} == {"ropes"}


def test_an_article_read_last_is_nothing_to_find_substitutes_for(tastes: Tastes) -> None:
    known = catalog()
    known.put(product("how to tie", category="ropes", kind="article"))
    for last in ("how to tie", "unknown"):
        asked = replace(ASKED, recent=("tents plain 0", last))
        found = named(tastes, Purpose.SUBSTITUTES, asked, known)
        assert {name.split()[0] for name in found} == {"tents"}


def test_there_are_no_substitutes_where_no_category_is_known(tastes: Tastes) -> None:
    asked = replace(ASKED, liked={})
    assert named(tastes, Purpose.SUBSTITUTES, asked, Catalog({})) == {}


def test_nothing_is_named_where_no_category_is_known(tastes: Tastes) -> None:
    asked = replace(ASKED, liked={}, known=0.0)
    assert named(tastes, Purpose.RECOMMENDED, asked, catalog()) == {}
    asked = replace(ASKED, liked={"ladders": 1.0})
    assert named(tastes, Purpose.RECOMMENDED, asked, catalog()) == {}
