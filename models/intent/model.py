"""The intent model of everybody: when people order, and what their clicks are on.

Learned by the trainer from `label` records, published as versioned bytes, read by every worker.
"""

from itertools import pairwise
from math import exp, isfinite

import msgspec
import numpy as np

from models.errors import NotLearnableError, SnapshotError
from models.intent import person, stored
from models.intent.ahead import EDGES_DAYS
from models.intent.purchases import Moments, PurchaseModel
from models.step import Record

VERSION = 1
"""Version of the snapshot's encoding."""
MEMORY = 1_000_000.0
"""Windows of people after which one weighs 1/e."""

_CLICKS, _OFFERS, _READING = 10.0, 2.0, 1.0
"""Clicks assumed as if seen so often."""
_LIMIT = 4.0
_MOST_DAYS = 36_500.0


class _Snapshot(msgspec.Struct, array_like=True):
    purchases: bytes
    labels: int
    clicks: tuple[float, float, float]


_HEAD = b"nbJ" + bytes([VERSION])
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Snapshot)


class IntentModel:
    """What everybody's labels teach.

    Attributes:
        purchases: When people order.
        labels: How many labels were learned from.
    """

    def __init__(self) -> None:
        self.purchases = PurchaseModel(person.NAMES, person.START, MEMORY, person.SPREAD)
        self.labels = 0
        self._clicks = (_CLICKS, _OFFERS, _READING)

    @property
    def version(self) -> str:
        """Names the snapshot: two of one trainer's line with the same version are the same."""
        return str(self.labels)

    @property
    def offer_share(self) -> float:
        """Share of clicks that are in mails with an offer."""
        return self._clicks[1] / self._clicks[0]

    @property
    def reading_share(self) -> float:
        """Share of clicks that are on something to read."""
        return self._clicks[2] / self._clicks[0]

    def hazards(self, seen: bytes, age: float, idle: float) -> list[float]:
        """How an order draws near; see `PurchaseModel.hazards`.

        Args:
            seen: As `models.intent.person.look` has it, with `age` and `idle`.
        """
        return self.purchases.hazards(person.seen(seen), age, idle)

    def buys_soon(self, seen: bytes, age: float, idle: float) -> float:
        """The chance of an order within 7 days."""
        return 1.0 - exp(-self.hazards(seen, age, idle)[0])

    def learn(self, label: Record) -> None:
        """Learn from one label record.

        Raises:
            NotLearnableError: A value isn't finite or can't be (`bad_label`); nothing was learned.
        """
        _check(label)
        seen = [min(max(label["seen"].get(n, 0.0), -_LIMIT), _LIMIT) for n in person.NAMES]
        age, idle = (min(label[name], _MOST_DAYS) for name in ("age_days", "idle_days"))
        moments, waiting = Moments.of([(seen, age, idle)]), True
        for window, orders in zip(pairwise(EDGES_DAYS), label["orders"], strict=False):
            counts = np.array([float(orders)])
            self.purchases.learn(moments, window, counts, np.array([waiting]))
            waiting = waiting and not orders
        told = (label["clicks"], label["offer_clicks"], label["reading_clicks"])
        clicks, offers, reading = (a + float(b) for a, b in zip(self._clicks, told, strict=True))
        self._clicks = clicks, offers, reading
        self.labels += 1

    def to_bytes(self) -> bytes:
        """The model in its versioned encoding: numbers and names, no pickle."""
        state = _Snapshot(stored.to_bytes(self.purchases), self.labels, self._clicks)
        return _HEAD + _encoder.encode(state)

    @classmethod
    def from_bytes(cls, data: bytes) -> "IntentModel":
        """The model that `to_bytes` wrote; it says and learns on exactly as that one would.

        Raises:
            SnapshotError: Another version, truncated, of other inputs, or impossible numbers.
        """
        if data[:4] != _HEAD:
            raise SnapshotError(
                f"an intent snapshot starts with {data[:4]!r}, this release reads {_HEAD!r}. "
                "Run the release that wrote it, or delete the snapshot to learn anew."
            )
        try:
            state = _decoder.decode(memoryview(data)[4:])
        except msgspec.MsgspecError as error:
            raise SnapshotError(
                f"an intent snapshot of {len(data)} bytes is damaged: {error}. "
                "Point the trainer at an earlier one, or delete it to learn anew."
            ) from error
        model = cls()
        purchases = stored.from_bytes(state.purchases)
        clicks = state.clicks
        if purchases.names != person.NAMES or not (
            all(map(isfinite, clicks)) and clicks[0] >= max(clicks) and min(clicks) > 0.0
        ):
            raise SnapshotError(
                "an intent snapshot is of other inputs, or holds numbers that can't be. "
                "Run the release that wrote it, or delete the snapshot to learn anew."
            )
        model.purchases, model.labels, model._clicks = purchases, state.labels, clicks
        return model


def _check(label: Record) -> None:
    told = (label["age_days"], label["idle_days"], *label["seen"].values())
    clicks = (label["offer_clicks"], label["reading_clicks"])
    counts = (label["clicks"], *clicks, *label["orders"])
    sound = all(map(isfinite, told)) and min(*told[:2], *counts) >= 0
    if not sound or max(clicks) > label["clicks"] or len(label["orders"]) >= len(EDGES_DAYS):
        raise NotLearnableError(
            "bad_label", f"label {label['label_id']} holds a value that can't be"
        )
