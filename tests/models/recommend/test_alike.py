"""How alike products are by what the catalog says."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.recommend.alike import alike, closest
from schemas.catalog_entry import Entry
from tests.models.life import product


def entry(**fields: Any) -> Entry:
    return Entry.of(product("p", **fields))


LAMP = entry(category="lamps", brand="Ada", tags=["brass"], price=40.0)


def test_each_thing_in_common_counts() -> None:
    same = {"category": "lamps", "brand": "Ada", "tags": ["brass"], "price": 40.0}
    changed = {"category": "books", "brand": "Bea", "tags": ["oak"], "price": 400.0}
    assert alike(LAMP, entry(**same)) == 1.0
    for name, value in changed.items():
        assert alike(LAMP, entry(**{**same, name: value})) < 0.85
    assert alike(LAMP, entry(**changed)) < 0.02


def test_what_is_not_said_is_neither() -> None:
    bare = entry(category="lamps", price=40.0)
    other = entry(category="lamps", price=40.0, brand="Bea", tags=["oak"])
    assert alike(LAMP, other) < alike(LAMP, bare) < 1.0


entries = st.builds(
    entry,
    category=st.sampled_from(["lamps", "books"]),
    brand=st.sampled_from([None, "Ada", "Bea"]),
    tags=st.lists(st.sampled_from(["brass", "oak"]), max_size=2),
    price=st.floats(0.0, 1e12),
)


@given(entries, st.lists(entries, max_size=4))
def test_always_between_nothing_and_the_same(one: Entry, others: list[Entry]) -> None:
    assert 0.0 <= closest(one, others) <= 1.0 + 1e-12
    for other in others:
        assert 0.0 <= alike(one, other) == alike(other, one) <= 1.0 + 1e-12
