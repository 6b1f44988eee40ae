"""Whatever happens, the waiting list says what the profile says, and both are bounded."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models import bounds
from models.decision.triggers import reachable
from models.person.encoding import decode, encode
from models.step import Step
from models.waiting.arrive import timer_of
from models.waiting.wait import split_entry
from tests.models.life import HOUR_MS, NOON_MS, REGISTRY, Life, product

PRODUCTS = [f"p{number}" for number in range(12)]
CATEGORIES = ["tents", "ropes", "boots", "maps"]

_SHOPPING = st.tuples(
    st.sampled_from(["browse", "cart", "wish", "notify", "remove", "buy", "search"]),
    st.sampled_from(PRODUCTS),
)
_CATALOG = st.tuples(
    st.just("catalog"),
    st.tuples(st.sampled_from(PRODUCTS), st.integers(0, 2), st.sampled_from([10.0, 40.0, 50.0])),
)
_PERSON = st.tuples(st.sampled_from(["opt_in", "opt_out", "address", "told"]), st.just("p0"))


def _happens(life: Life, what: str, about: Any, at_ms: int) -> None:
    if what == "catalog":
        name, stock, price = about
        category = CATEGORIES[int(name[1:]) % 4]
        life.world.catalog.put(
            product(name, stock=stock, price=price, category=category, since=at_ms)
        )
    elif what in ("browse", "cart"):
        life.happens(what, at_ms, product_id=about)
    elif what in ("wish", "notify", "remove"):
        action = "add" if what == "wish" else what
        life.happens("wish", at_ms, product_id=about, action=action)
    elif what == "buy":
        item = {"product_id": about, "category": None, "price": 9.0, "quantity": 1}
        life.happens("purchase", at_ms, items=[item], total=9.0)
    elif what == "search":
        life.happens("search", at_ms, category=CATEGORIES[int(about[1:]) % 4])
    elif what == "address":
        life.happens("profile", at_ms, address="a@example.org")
    elif what == "told":
        for entry in sorted(life.listed):
            step = Step(life.subscriber, at_ms)
            name = timer_of(*split_entry(entry))
            REGISTRY.timers["waiting"](name, at_ms, life.profile, step, life.world)
            life._take(step)
    else:
        life.happens("consent", at_ms, action=what)


@settings(max_examples=60)
@given(st.lists(st.one_of(_SHOPPING, _CATALOG, _PERSON), max_size=60))
def test_the_list_is_what_people_who_can_be_mailed_wait_for(happened: list[Any]) -> None:
    life = Life()
    for number, (what, about) in enumerate(happened):
        at_ms = NOON_MS + number * HOUR_MS
        life.pass_time(at_ms)
        _happens(life, what, about, at_ms)
        life.profile = decode(encode(life.profile))
        waits = life.profile.waits
        can_be_mailed = reachable(life.profile, life.world)
        assert life.listed == ({wait.entry for wait in waits} if can_be_mailed else set())
        assert life.reached == can_be_mailed
        assert len({wait.entry for wait in waits}) == len(waits)
        assert len(waits) <= bounds.WAITS + bounds.LOVED
