"""What every processor under `streams/processors/` must hold to; a new one is tested unasked."""

from math import isfinite
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import RefusedEventError
from models.person import encoding
from models.person.profile import Profile, new_profile
from models.step import Record, Step
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.generated import START_MS, events
from tests.models.life import DAY_MS, REGISTRY, Life, product

MAX_PROFILE_BYTES = 8_192
RECORDS = sorted(REGISTRY.events)
CODEC = Codec(BundledRegistry())

UNHURRIED = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def _numbers(part: Any) -> list[float]:
    if isinstance(part, float):
        return [part]
    if isinstance(part, dict):
        part = list(part.values())
    if isinstance(part, list | tuple):
        return [number for inner in part for number in _numbers(inner)]
    return []


def _finite(profile: Profile) -> bool:
    plain = msgspec.msgpack.decode(msgspec.msgpack.encode(profile.past()), strict=False)
    known = msgspec.msgpack.decode(encoding.encode(profile)[1:], strict=False)
    return all(map(isfinite, _numbers([plain, known])))


def _life() -> Life:
    life = Life().reachable(START_MS - 60 * DAY_MS)
    life.world.catalog.put(product("tent-1"))
    life.world.catalog.put(product("rope-1", category="ropes", stock=0))
    return life


def _run(happened: list[tuple[str, Record]], *, time_passes: bool = True) -> Life:
    """Apply events in the order given, with timers in between; refusals change nothing."""
    life = _life()
    now_ms = START_MS
    for name, record in happened:
        now_ms = max(now_ms, record["occurred_at"])
        if time_passes:
            life.pass_time(now_ms)
        before = encoding.encode(life.profile)
        try:
            life.apply(name, _completed(name, record, before), now_ms)
        except RefusedEventError:
            life.profile = encoding.decode(before)
    if time_passes:
        life.pass_time(now_ms)
    return life


def _completed(name: str, record: Record, profile: bytes) -> Record:
    """A merge carries a profile; any will do, for instance the person's own."""
    return {**record, "profile": profile} if name == "merge" else record


@pytest.mark.parametrize("name", RECORDS)
def test_any_event_of_its_records_is_handled(name: str) -> None:
    @UNHURRIED
    @given(events(name), st.sampled_from(["sub-1", "anon:cookie-1"]))
    def handled(record: Record, subscriber: str) -> None:
        life = Life(subscriber=subscriber)
        made = _completed(name, record, encoding.encode(_life().profile))
        life.apply(name, made, record["occurred_at"])
        for emitted in life.emitted:
            CODEC.encode(*emitted)
        if life.contact is not None:
            CODEC.encode("contact", life.contact)

    handled()


HAPPENED = st.lists(
    st.sampled_from(RECORDS).flatmap(lambda name: st.tuples(st.just(name), events(name))),
    max_size=40,
)


@UNHURRIED
@given(HAPPENED)
def test_whatever_happens_the_profile_stays_bounded_and_finite(
    happened: list[tuple[str, Record]],
) -> None:
    life = _run(happened)
    assert len(encoding.encode(life.profile)) <= MAX_PROFILE_BYTES
    assert _finite(life.profile)
    for emitted in life.emitted:
        CODEC.encode(*emitted)


@UNHURRIED
@given(HAPPENED)
def test_the_same_events_give_the_same_bytes(happened: list[tuple[str, Record]]) -> None:
    one, two = _run(happened), _run(happened)
    assert encoding.encode(one.profile) == encoding.encode(two.profile)
    assert one.timers == two.timers
    assert [CODEC.encode(*made) for made in one.emitted] == [
        CODEC.encode(*made) for made in two.emitted
    ]


@UNHURRIED
@given(HAPPENED)
def test_a_stored_profile_behaves_like_one_in_memory(happened: list[tuple[str, Record]]) -> None:
    one, two = _run(happened), _life()
    now_ms = START_MS
    for name, record in happened:
        now_ms = max(now_ms, record["occurred_at"])
        two.profile = encoding.decode(encoding.encode(two.profile))
        two.pass_time(now_ms)
        before = encoding.encode(two.profile)
        two.apply(name, _completed(name, record, before), now_ms)
    two.pass_time(now_ms)
    assert encoding.encode(one.profile) == encoding.encode(two.profile)
    assert one.timers == two.timers


@UNHURRIED
@given(HAPPENED)
def test_repeats_change_nothing(happened: list[tuple[str, Record]]) -> None:
    doubled = [pair for pair in happened for _ in range(2)]
    one, two = _run(happened), _run(doubled)
    assert encoding.encode(one.profile) == encoding.encode(two.profile)
    assert one.timers == two.timers
    assert len(one.emitted) == len(two.emitted)


@UNHURRIED
@given(HAPPENED, st.randoms(use_true_random=False))
def test_out_of_order_recency_is_the_newest_and_counts_are_the_same(
    happened: list[tuple[str, Record]], rng: Any
) -> None:
    # Of orders under one id, which a refund is of depends on which came first.
    apart = ("merge", "identify", "consent", "profile", "refund")
    told = [pair for pair in happened if pair[0] not in apart]
    shuffled = list(told)
    rng.shuffle(shuffled)
    one, two = _run(told, time_passes=False), _run(shuffled, time_passes=False)
    for field in (
        "last_ms",
        "last_browse_ms",
        "last_cart_ms",
        "last_click_ms",
        "last_purchase_ms",
        "last_search_ms",
        "browses",
        "carts",
        "clicks",
        "purchases",
        "searches",
    ):
        assert getattr(one.profile, field) == getattr(two.profile, field), field


@UNHURRIED
@given(st.lists(events("consent"), max_size=12), st.randoms(use_true_random=False))
def test_consent_ends_the_same_in_any_order(told: list[Record], rng: Any) -> None:
    own = [record for record in told if record["purpose"] == "marketing"]
    shuffled = list(own)
    rng.shuffle(shuffled)
    states = []
    for order in (own, shuffled):
        life = _run([("consent", record) for record in order], time_passes=False)
        states.append(life.profile.consent["marketing"])
    assert states[0] == states[1]


def test_a_million_events_are_as_small_as_forty() -> None:
    life = _life()
    for number in range(3_000):
        at_ms = START_MS + number * 600_000
        life.pass_time(at_ms)
        name = ("browse", "cart", "click", "purchase", "search")[number % 5]
        fields: dict[str, Any] = {}
        if name in ("browse", "cart", "click"):
            fields = {"product_id": f"product-{number:030}", "category": f"category-{number:040}"}
        if name == "click" and life.sent:
            fields["decision_id"] = life.sent[-1]["decision_id"]
        life.happens(name, at_ms, **fields)
    assert len(encoding.encode(life.profile)) <= MAX_PROFILE_BYTES


@pytest.mark.parametrize("prefix", sorted(REGISTRY.timers))
def test_a_timer_nobody_waits_for_does_nothing(prefix: str) -> None:
    profile = new_profile()
    before = encoding.encode(profile)
    step = Step("sub-1", START_MS)
    REGISTRY.timers[prefix](f"{prefix}:nothing", START_MS, profile, step, _life().world)
    assert encoding.encode(profile) == before
    assert not step.emitted
    assert not step.timers


def test_every_event_that_intake_takes_has_a_processor() -> None:
    wanted = {"browse", "cart", "click", "purchase", "search", "consent", "profile"}
    wanted |= {"milestone", "refund", "wish"}
    assert wanted | {"delivery", "identify", "merge"} <= set(REGISTRY.events)
