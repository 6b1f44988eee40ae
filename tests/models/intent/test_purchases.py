"""The purchase model: what it says with nothing learned, what it learns, and its bytes."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from models.decay import DAY_MS
from models.errors import SnapshotError
from models.intent import ahead, stored
from models.intent.history import NAMES, History, inputs
from models.intent.purchases import Moments, PurchaseModel


def moments(*orders: Sequence[int], day: int = 365) -> Moments:
    rows = []
    for days in orders:
        history = History()
        for one in days:
            history.order(one * DAY_MS, 20.0)
        rows.append(inputs(history, day * DAY_MS))
    return Moments.of(rows)


def taught(rate: float, people: int = 400, seed: int = 3) -> PurchaseModel:
    """A model of people who all order at one rate, for ever."""
    luck, model = np.random.default_rng(seed), PurchaseModel(NAMES)
    for start in range(0, people, 50):
        seen = moments(*(sorted(luck.integers(0, 360, 3).tolist()) for _ in range(50)))
        waiting = np.ones(50, dtype=np.bool_)
        for window in ahead.windows(448.0):
            counts = luck.poisson(rate * (window[1] - window[0]), 50).astype(np.float64)
            model.learn(seen, window, counts, waiting)
            waiting &= counts == 0.0
        assert model.learned == (start + 50) * 7
    return model


def test_with_nothing_learned_recent_and_frequent_people_come_first() -> None:
    seen = moments([300, 330, 360], [360], [10, 40, 70], [10])
    model = PurchaseModel(NAMES)
    chances = model.chances(seen, 90.0)
    assert sorted(chances, reverse=True) == list(chances)
    assert ((chances > 0.0) & (chances < 1.0)).all()
    assert (model.counts(seen, 90.0) > 0.0).all()


def test_chances_and_counts_grow_with_time_and_hold_together() -> None:
    model, seen = taught(0.01), moments([0, 100, 340], [300])
    before = np.zeros(2)
    for days in (1.0, 7.0, 30.0, 365.0, 5_000.0):
        chances = model.chances(seen, days)
        assert (chances > before).all()
        assert (chances <= 1.0).all()
        before = chances
    assert model.counts(seen, 30.0) == pytest.approx(2 * model.counts(seen, 15.0), rel=0.2)


def test_it_learns_the_rate_and_what_follows_from_it() -> None:
    model, seen = taught(0.01), moments([10, 200, 330], [50, 150, 250])
    assert model.counts(seen, 90.0) == pytest.approx([0.9, 0.9], rel=0.25)
    assert model.chances(seen, 90.0) == pytest.approx([1 - np.exp(-0.9)] * 2, rel=0.2)


def test_windows_cover_the_days_asked_for_once() -> None:
    for days in (0.5, 7.0, 8.0, 100.0, 448.0, 4_000.0):
        found = ahead.windows(days)
        assert found[0][0] == 0.0
        assert found[-1][1] == days
        assert all(one[1] == two[0] for one, two in pairwise(found))
    assert len(ahead.windows(4_000.0)) == len(ahead.EDGES_DAYS) - 1


def test_far_ahead_rates_level_out_and_first_orders_go_on_fading() -> None:
    age = idle = np.array([100.0])
    near, far = (ahead.columns(age, idle, *window) for window in ((400.0, 500.0), (4e3, 5e3)))
    assert np.abs(far[0] - near[0]).max() < 0.2
    assert (far[1] - near[1]).min() > 1.5


def test_one_person_is_told_as_many_are() -> None:
    model, rows = taught(0.01), ([10, 200, 330], [100], [364])
    for orders in rows:
        seen = moments(orders)
        hazards = model.hazards(seen.inputs[0].tolist(), float(seen.age[0]), float(seen.idle[0]))
        for number, edge in enumerate(ahead.EDGES_DAYS[1:], 1):
            chance = 1.0 - np.exp(-sum(hazards[:number]))
            assert chance == pytest.approx(model.chances(seen, edge)[0], rel=1e-9)


def test_its_bytes_say_and_learn_on_the_same() -> None:
    model = taught(0.02)
    data = stored.to_bytes(model)
    again, seen = stored.from_bytes(data), moments([10, 200])
    assert stored.to_bytes(again) == data
    assert len(data) < 8_000
    for one in (model, again):
        one.learn(seen, (0.0, 7.0), np.array([2.0]), np.array([True]))
    assert stored.to_bytes(again) == stored.to_bytes(model)
    assert again.chances(seen, 40.0)[0] == model.chances(seen, 40.0)[0]


def test_bytes_that_are_no_model_are_refused() -> None:
    data = stored.to_bytes(taught(0.02, 50))
    state = msgspec.msgpack.decode(data[4:])
    broken = [b"", data[:-9], b"nbI\x02" + data[4:]]
    nan, few = np.full(15, np.nan).tobytes(), np.zeros(3).tobytes()
    for place, array in ((0, nan), (1, np.zeros((15, 15)).tobytes()), (2, few)):
        arrays = [*state[-1]]
        arrays[place] = array
        broken.append(data[:4] + msgspec.msgpack.encode([*state[:-1], arrays]))
    broken.append(data[:4] + msgspec.msgpack.encode([state[0], -1.0, *state[2:]]))
    for one in broken:
        with pytest.raises(SnapshotError, match="purchase model"):
            stored.from_bytes(one)
