"""A ranking that is kept in order is the one that would be made anew."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalog.rankings import SHELF, Ranking, Rankings
from schemas.catalog_entry import Entry
from tests.models.life import product

STEP = st.tuples(st.integers(0, 400), st.sampled_from([0.0, 1.0, 2.0, 3.0, None]))


def rank_of(entry: Entry) -> tuple[float, float, str] | None:
    return None if entry.rating is None else (-entry.rating, 0.0, entry.product_id)


class Group:
    """Members of one group, and how often they were looked through."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.looked = 0
        self.rankings = Rankings(rank_of, self.members)

    def members(self, group: str) -> list[Entry]:
        assert group == "tents"
        self.looked += 1
        return list(self.entries.values())

    def rate(self, number: int, rating: float | None) -> None:
        before = self.entries.get(f"p-{number:03}")
        after = Entry.of(product(f"p-{number:03}", rating=rating))
        self.entries[after.product_id] = after
        self.rankings.changed("tents", before, after)

    def best(self) -> list[str]:
        return [product_id for *_, product_id in self.rankings.best("tents")]

    def anew(self) -> list[str]:
        ranks = (rank_of(entry) for entry in self.entries.values())
        return [product_id for *_, product_id in sorted(r for r in ranks if r)[:SHELF]]


@settings(max_examples=50)
@given(seed=st.integers(0, 1_000), steps=st.lists(STEP, max_size=120))
def test_it_is_what_ordering_all_gives(seed: int, steps: list[tuple[int, float | None]]) -> None:
    rng = random.Random(seed)
    group = Group()
    for number in range(rng.choice([0, 10, 300])):
        group.rate(number, rng.choice([1.0, 2.0, 3.0]))
    for number, rating in steps:
        assert group.best() == group.anew()
        group.rate(number, rating)
    assert group.best() == group.anew()


def test_changes_seldom_need_a_look_at_all_members() -> None:
    group = Group()
    for number in range(1_000):
        group.rate(number, 1.0 + number % 4)
    rng = random.Random(1)
    for _ in range(1_000):
        group.rate(rng.randrange(1_000), 1.0 + rng.randrange(4))
        group.best()
    assert group.best() == group.anew()
    assert group.looked < 40


def test_a_change_of_what_is_not_kept_changes_nothing() -> None:
    ranking = Ranking((float(number), 0.0, str(number)) for number in range(1_000))
    assert not ranking.drop((500.0, 0.0, "500"))
    assert not ranking.take((501.5, 0.0, "new"))
    assert ranking.take((0.5, 0.0, "new"))
    assert ranking.ranks[1] == (0.5, 0.0, "new")
