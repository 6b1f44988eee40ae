"""Sessions for tests: people go along aisles, with detours and returns."""

from random import Random

from hypothesis import strategies as st

from models.recommend.learner import Learner
from models.recommend.recommender import Recommender
from models.recommend.settings import Settings
from models.recommend.stored import load, parts_of

SMALL = Settings(
    items=12,
    sessions=6,
    session_items=5,
    teaching=20,
    postings=3,
    followers=4,
    reach=3,
    neighbours=4,
    window=3,
    memory=10.0,
)
"""So little of everything that all of it runs over."""

events = st.lists(
    st.tuples(st.integers(0, 9).map("s{}".format), st.integers(0, 20).map("i{}".format)),
    max_size=120,
)


def lived(sessions: int = 200, settings: Settings | None = None, seed: int = 1) -> Recommender:
    """Aisles of ten items in a row; some go back one, some go elsewhere."""
    shop, luck = Recommender(settings), Random(seed)
    for visit in range(sessions):
        aisle, place = luck.randrange(8), luck.randrange(5)
        for _ in range(luck.randrange(2, 7)):
            shop.learn(f"visit {visit}", f"aisle {aisle} item {place}")
            luck_now = luck.random()
            place = max(place - 1, 0) if luck_now < 0.2 else place + 1
            if luck_now > 0.95:
                aisle = luck.randrange(8)
    return shop


def learned(given: list[tuple[str, str]], settings: Settings | None = None) -> Recommender:
    """What a recommender is after those events."""
    shop = Recommender(settings)
    for session, item in given:
        shop.learn(session, item)
    return shop


def to_bytes(shop: Recommender) -> list[bytes]:
    """A recommender as it is stored."""
    learner = Learner(shop.settings)
    learner.recommender = shop
    return list(parts_of(learner))


def from_bytes(parts: list[bytes]) -> Recommender:
    """What `to_bytes` wrote."""
    return load(parts).recommender
