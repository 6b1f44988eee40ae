"""A shop in which people are of one of two styles, and so are products; for tests of tastes."""

from random import Random

from models.catalog import Catalog
from models.recommend.learner import Learner
from tests.models.life import product

CATEGORIES = ("tents", "ropes", "lamps")
EACH = 12


def catalog() -> Catalog:
    """Of each category as many plain products as bold ones."""
    names = [
        (f"{category} {style} {number}", category)
        for category in CATEGORIES
        for style in ("plain", "bold")
        for number in range(EACH // 2)
    ]
    return Catalog({name: product(name, category=category) for name, category in names})


def lived(visits: int, faithful: float, seed: int = 1) -> Learner:
    """Visits of four views in any categories.

    Args:
        visits: How many.
        faithful: How likely a view is of the visitor's style; a half for no style at all.
        seed: Of their luck.
    """
    learner, luck = Learner(), Random(seed)
    for visit in range(visits):
        own, other = luck.sample(("plain", "bold"), 2)
        for _ in range(4):
            style = own if luck.random() < faithful else other
            name = f"{luck.choice(CATEGORIES)} {style} {luck.randrange(EACH // 2)}"
            learner.recommender.learn(f"{visit:08x}", name)
    return learner
