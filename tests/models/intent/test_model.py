"""The intent model: it learns from labels, refuses what can't be, and comes back from its bytes."""

import msgspec
import pytest

from models.errors import NotLearnableError, SnapshotError
from models.intent import person
from models.intent.model import IntentModel
from tests.models.intent.labels import label

NOBODY = bytes([32]) + bytes(len(person.NAMES) - 1)


def test_it_learns_how_often_orders_come() -> None:
    model = IntentModel()
    before = model.buys_soon(NOBODY, 30.0, 10.0)
    for number in range(400):
        model.learn(label(f"l{number}", orders=[int(number % 4 == 0)]))
    assert before < 0.1
    assert model.buys_soon(NOBODY, 30.0, 10.0) == pytest.approx(0.25, abs=0.05)
    assert model.labels == 400
    assert model.version == "400"


def test_long_samples_tell_what_short_ones_cannot() -> None:
    """Everybody orders in the third month."""
    model = IntentModel()
    for number in range(300):
        model.learn(label(f"l{number}", days=112, orders=[0, 0, 0, 0, 1]))
    hazards = model.hazards(NOBODY, 30.0, 10.0)
    assert sum(hazards[:3]) < 0.1
    assert hazards[4] > 0.4


def test_bytes_say_and_learn_on_the_same() -> None:
    model = IntentModel()
    for number in range(20):
        model.learn(label(f"l{number}", orders=[number % 2], clicks=1, reading_clicks=1))
    again = IntentModel.from_bytes(model.to_bytes())
    assert again.to_bytes() == model.to_bytes()
    for one in (model, again):
        one.learn(label("next", orders=[2, 0], offer_clicks=1, clicks=1))
    assert again.to_bytes() == model.to_bytes()
    assert again.reading_share == model.reading_share


@pytest.mark.parametrize(
    "fields",
    [
        {"age_days": float("nan")},
        {"idle_days": -1.0},
        {"seen": {"always": float("inf")}},
        {"orders": [-1]},
        {"orders": [0] * 8},
        {"clicks": 1, "offer_clicks": 2},
    ],
)
def test_labels_that_cannot_be_are_refused_and_teach_nothing(fields: dict[str, object]) -> None:
    model = IntentModel()
    before = model.to_bytes()
    with pytest.raises(NotLearnableError) as refused:
        model.learn(label("l", **fields))
    assert refused.value.reason == "bad_label"
    assert model.to_bytes() == before


def test_labels_of_another_release_are_read_by_name() -> None:
    model = IntentModel()
    model.learn(label("l", seen={"always": 1.0, "of tomorrow": 5.0}))
    assert model.labels == 1


def test_bytes_that_are_no_model_are_refused() -> None:
    data = IntentModel().to_bytes()
    state = msgspec.msgpack.decode(data[4:])
    head = data[:4]
    broken = [
        b"",
        data[:-5],
        b"nbJ\x02" + data[4:],
        head + msgspec.msgpack.encode([state[0], 0, (1.0, 2.0, 0.5)]),
        head + msgspec.msgpack.encode([state[0], 0, (float("nan"), 1.0, 0.5)]),
        head + msgspec.msgpack.encode([b"nbI", 0, (3.0, 1.0, 1.0)]),
    ]
    for one in broken:
        with pytest.raises(SnapshotError):
            IntentModel.from_bytes(one)
