"""Clusters: what was planted is found again, keeps its number, and its change is noticed."""

import random
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.audience.clusters import FIRST, UNKNOWN, Clusters, Stored
from models.audience.seeding import first_centres
from models.decision.features import NAMES, TRAITS
from models.errors import SnapshotError
from models.learning.population import Population
from models.learning.relearning import Relearning
from tests.models.audience.people import life_with
from tests.models.audience.planted import Planted, thousandths
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS
from tests.models.outcomes import correction, learnable

_encode = msgspec.msgpack.Encoder().encode


def _bytes(clusters: Clusters) -> bytes:
    return _encode(clusters.to_stored())


def _again(clusters: Clusters) -> Clusters:
    return Clusters.from_stored(msgspec.msgpack.decode(_bytes(clusters), type=Stored))


def _by_kind(planted: Planted, clusters: Clusters, count: int = 2_000) -> dict[int, Counter[int]]:
    found: dict[int, Counter[int]] = {kind: Counter() for kind in range(planted.kinds)}
    for kind, features in planted.come(count):
        found[kind][clusters.nearest(thousandths(features))] += 1
    return found


@pytest.mark.parametrize("seed", range(5))
def test_planted_kinds_are_found_again(seed: int) -> None:
    planted = Planted(seed=seed)
    found = _by_kind(planted, planted.taught(3_000))
    mostly = [counts.most_common(1)[0] for counts in found.values()]
    assert len({cluster for cluster, _ in mostly}) == planted.kinds
    assert sum(count for _, count in mostly) >= 0.97 * 2_000


def test_a_kind_keeps_its_number_over_thousands_of_outcomes() -> None:
    planted = Planted()
    clusters = planted.taught(FIRST)
    before = {kind: c.most_common(1)[0][0] for kind, c in _by_kind(planted, clusters).items()}
    planted.taught(10_000, clusters)
    after = {kind: c.most_common(1)[0][0] for kind, c in _by_kind(planted, clusters).items()}
    assert after == before


def test_without_a_change_there_is_next_to_no_drift() -> None:
    planted, clusters = Planted(), Clusters()
    for _ in range(12):
        planted.taught(1_000, clusters)
        assert clusters.drift().shares < 0.05
        assert clusters.drift().centres < 0.15


def test_other_shares_are_told_and_become_usual() -> None:
    planted = Planted()
    clusters = planted.taught(8_000)
    planted.weights = list(reversed(planted.weights))
    shares = []
    for _ in range(24):
        planted.taught(1_000, clusters)
        shares.append(clusters.drift().shares)
    assert max(shares[:3]) > 0.25
    assert shares[-1] < 0.05
    assert clusters.drift().centres < 0.15


def test_people_who_change_all_alike_move_the_centres() -> None:
    planted = Planted()
    clusters = planted.taught(8_000)
    for means in planted.means:
        means[0] += 1.5
        means[3] -= 1.5
    planted.taught(2_000, clusters)
    assert clusters.drift().centres > 0.25


@settings(max_examples=25)
@given(st.integers(0, FIRST * 2), st.integers(0, 40))
def test_stored_and_read_again_they_go_on_the_same(count: int, more: int) -> None:
    planted = Planted(kinds=3)
    clusters = planted.taught(count)
    again = _again(clusters)
    assert clusters.to_stored().sound()
    for _, features in planted.come(more):
        assert again.nearest(thousandths(features)) == clusters.nearest(thousandths(features))
        clusters.learn(features)
        again.learn(features)
    assert _bytes(again) == _bytes(clusters)
    assert again.drift() == clusters.drift()


def test_who_is_nearest_is_who_river_says() -> None:
    planted = Planted()
    clusters = planted.taught(1_000)
    for _, features in planted.come(300):
        rounded = {name: round(features[name] * 1_000.0) / 1_000.0 for name in TRAITS}
        scaled = clusters._scaler.transform_one(rounded)
        assert clusters.nearest(thousandths(features)) == clusters._means.predict_one(scaled)


def test_before_there_are_enough_nobody_is_in_any() -> None:
    clusters = Planted().taught(FIRST - 1)
    assert not clusters.known
    assert clusters.nearest([0] * len(NAMES)) == UNKNOWN
    assert clusters.drift() == (0.0, 0.0)


def test_people_who_are_all_the_same_are_in_one() -> None:
    clusters = Clusters(3)
    for _ in range(FIRST + 50):
        clusters.learn({"always": 1.0})
    assert clusters.to_stored().sound()
    assert clusters.nearest([1_000] + [0] * (len(NAMES) - 1)) == 0


@settings(max_examples=40)
@given(st.lists(st.lists(st.floats(-4, 4), min_size=2, max_size=2), min_size=4, max_size=30))
def test_first_centres_are_as_many_as_asked_for_and_the_largest_come_first(
    points: list[list[float]],
) -> None:
    centres, sizes = first_centres(points, 3)
    assert len(centres) == 3
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == len(points)
    assert first_centres(points, 3) == (centres, sizes)


def _outcomes(count: int, seed: int = 5) -> list[dict[str, Any]]:
    made, planted = [], Planted(seed=seed)
    for number, (_, features) in enumerate(planted.come(count)):
        record = learnable(str(number), clicks=int(number % 3 == 0))
        record["features"] = {**record["features"], **features}
        made.append(record)
    return made


def test_a_snapshot_holds_them_and_one_of_before_has_none() -> None:
    population = Population()
    for record in _outcomes(FIRST + 20):
        population.learn(record)
    data = population.to_bytes()
    assert Population.from_bytes(data).to_bytes() == data
    stored = msgspec.msgpack.decode(data[4:])
    older = Population.from_bytes(data[:4] + msgspec.msgpack.encode(stored[:-1]))
    assert not older.clusters.known
    stored[-1][5][0][0] = float("nan")
    with pytest.raises(SnapshotError):
        Population.from_bytes(data[:4] + msgspec.msgpack.encode(stored))


def test_restarted_and_corrected_it_ends_with_the_same_bytes() -> None:
    memory, right, kept = Relearning(Population()), Population(), dict[str, bytes | None]()
    for number, record in enumerate(_outcomes(700)):
        memory.hear(record)
        right.learn({**record, "clicks": 1} if number == 5 else record)
        if number % 150 == 149:
            model, parts = memory.to_store()
            kept |= parts
            memory = Relearning.restore(model, kept)
    memory.hear(correction("5", "later", clicks=1))
    assert memory.population.to_bytes() == right.to_bytes()


def test_another_number_of_clusters_is_learned_anew() -> None:
    memory = Relearning(Population())
    for record in _outcomes(FIRST):
        memory.hear(record)
    model, parts = memory.to_store()
    again = Relearning.restore(model, parts, clusters=4)
    assert again.population.clusters.count == 4
    assert not again.population.clusters.known
    assert again.population.learned == memory.population.learned


def test_decision_outcome_and_segment_know_the_cluster() -> None:
    life = life_with({"mine": {"cluster": {"at_least": 0}}})
    life.world.population.clusters = Planted().taught(FIRST)
    life.reachable()
    life.happens("cart", NOON_MS - HOUR_MS, product_id="tent-1", price=80.0)
    life.pass_time(NOON_MS)
    decision = life.decisions[-1]
    assert 0 <= decision["cluster"] < 6
    assert life.profile.cluster == decision["cluster"]
    assert list(life.profile.segments) == ["mine"]
    life.pass_time(NOON_MS + 9 * DAY_MS)
    (outcome,) = [o for o in life.outcomes if o["decision_id"] == decision["decision_id"]]
    assert outcome["cluster"] == decision["cluster"]


def test_shuffled_the_same_people_are_grouped_alike() -> None:
    planted = Planted(kinds=4)
    people = list(planted.come(2_000))
    groupings = []
    for seed in (1, 2):
        clusters, order = Clusters(4), list(people)
        random.Random(seed).shuffle(order)
        for _, features in order:
            clusters.learn(features)
        groups: dict[int, set[int]] = {}
        for number, (_, features) in enumerate(people):
            groups.setdefault(clusters.nearest(thousandths(features)), set()).add(number)
        groupings.append(groups.values())
    first, second = groupings
    overlap = sum(max(len(one & other) for other in second) for one in first)
    assert overlap >= 0.98 * len(people)
