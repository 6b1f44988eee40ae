from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.decision import moment as moments
from models.decision.replay import replay
from models.errors import SnapshotError
from models.learning.population import Population
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, Life, product
from tests.models.typical import typical_life

CODEC = Codec(BundledRegistry())

HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["browse", "cart", "purchase", "click", "consent", "delivery", "wait"]),
        st.integers(0, 12 * HOUR_MS),
        st.sampled_from(["tent-1", "rope-1", "gone-1", "never-heard-of"]),
        st.floats(0, 1e6),
    ),
    max_size=30,
)


def _live(happenings: list[tuple[str, int, str, float]], population: Population) -> Life:
    life = Life().reachable()
    life.world.population = population
    life.world.catalog.put(product("tent-1"))
    life.world.catalog.put(product("rope-1", category="ropes", stock=3))
    life.world.catalog.put(product("gone-1", category="ropes", stock=0))
    at_ms = NOON_MS
    for name, later_ms, product_id, amount in happenings:
        at_ms += later_ms + MINUTE_MS
        life.pass_time(at_ms)
        fields: dict[str, Any] = {}
        if name in ("browse", "cart"):
            fields = {"product_id": product_id, "price": amount}
        elif name == "purchase":
            fields = {"total": amount}
        elif name == "consent":
            fields = {"action": "opt_out" if amount > 5e5 else "opt_in"}
        elif name in ("click", "delivery") and life.sent:
            fields = {"decision_id": life.sent[-1]["decision_id"]}
            if name == "delivery":
                fields["status"] = "complained" if amount > 9e5 else "accepted"
        if name != "wait":
            life.happens(name, at_ms, **fields)
    life.pass_time(at_ms + 40 * DAY_MS)
    return life


def _learned() -> Population:
    population = Population()
    for outcome in typical_life().outcomes:
        population.learn(outcome)
    assert population.learned
    return population


LEARNED = _learned()


@settings(deadline=None, max_examples=60)
@given(HAPPENINGS, st.booleans())
def test_every_decision_repeats_byte_for_byte_from_its_own_record(
    happenings: list[tuple[str, int, str, float]],
    learned: bool,  # noqa: FBT001
) -> None:
    life = _live(happenings, LEARNED if learned else Population())
    for decision in life.decisions:
        data = CODEC.encode("decision", decision)
        name, read = CODEC.decode(data)
        assert CODEC.encode(name, replay(read)) == data


def test_replay_needs_nothing_but_the_record() -> None:
    decision = typical_life().decisions[0]
    read = CODEC.decode(CODEC.encode("decision", decision))[1]
    stripped = {"replay": read["replay"]}
    assert replay(stripped) == decision


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x91" + bytes([moments.VERSION])])
def test_damaged_replay_bytes_say_so(data: bytes) -> None:
    with pytest.raises(SnapshotError, match="damaged"):
        replay({"replay": data})


def test_another_version_says_so() -> None:
    moment = moments.from_bytes(typical_life().decisions[0]["replay"])
    moment.version += 1
    with pytest.raises(SnapshotError, match="version"):
        replay({"replay": moments.to_bytes(moment)})


def test_a_version_of_another_shape_says_so() -> None:
    data = msgspec.msgpack.encode([moments.VERSION - 1, "sub-1", ["timer", "flow:cart", 1]])
    with pytest.raises(SnapshotError, match=f"version {moments.VERSION - 1}"):
        replay({"replay": data})
