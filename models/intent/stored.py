"""A purchase model as bytes, and back."""

from math import isfinite

import msgspec
import numpy as np

from models.errors import SnapshotError
from models.intent.purchases import PurchaseModel
from models.intent.rates import RateRegression

VERSION = 1
"""Version of the encoding."""


class _State(msgspec.Struct, array_like=True):
    """By regression, weights and precision as little-endian doubles."""

    names: tuple[str, ...]
    memory: float
    spread: float
    learned: int
    starts: tuple[dict[str, float], dict[str, float]]
    arrays: tuple[bytes, bytes, bytes, bytes]


_HEAD = b"nbI" + bytes([VERSION])
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_State)


def to_bytes(model: PurchaseModel) -> bytes:
    """The model's stored form: numbers and names, no pickle; the same model gives the same."""
    pair = model.first, model.orders
    first, orders = ((part.weights, part.precision) for part in pair)
    arrays = (*first, *orders)
    one, two, three, four = (array.astype("<f8").tobytes() for array in arrays)
    starts = model.first.start, model.orders.start
    state = _State(
        model.names, model.memory, model.spread, model.learned, starts, (one, two, three, four)
    )
    return _HEAD + _encoder.encode(state)


def from_bytes(data: bytes) -> PurchaseModel:
    """The model that `to_bytes` wrote: it predicts and learns on as that one would.

    Raises:
        SnapshotError: Of another version, truncated, or not a belief.
    """
    if data[:4] != _HEAD:
        raise SnapshotError(
            f"a stored purchase model of {len(data)} bytes is not of version {VERSION}, which this "
            "release reads. Use the release that wrote it, or let it learn anew."
        )
    try:
        return _restored(_decoder.decode(memoryview(data)[4:]))
    except (msgspec.MsgspecError, ValueError) as error:
        raise SnapshotError(
            f"a stored purchase model is damaged: {error}. Let it learn anew."
        ) from error


def _restored(state: _State) -> PurchaseModel:
    sizes = state.memory, state.spread
    if not all(map(isfinite, sizes)) or min(*sizes, state.learned) < 0 or not state.spread:
        raise ValueError("its memory, spread or count is out of range")
    model = PurchaseModel(state.names, state.starts[1], state.memory, state.spread)
    _restore(model.first, state.starts[0], *state.arrays[:2])
    _restore(model.orders, state.starts[1], *state.arrays[2:])
    model.learned = state.learned
    return model


def _restore(part: RateRegression, start: dict[str, float], weights: bytes, square: bytes) -> None:
    size = len(part.names)
    if part.start != start or len(weights) != 8 * size or len(square) != 8 * size * size:
        raise ValueError("what it assumes and what it learned don't go together")
    part.weights = np.frombuffer(weights, "<f8").astype(np.float64)
    part.precision = np.frombuffer(square, "<f8").astype(np.float64).reshape(size, size)
    try:
        np.linalg.cholesky(part.precision)
    except np.linalg.LinAlgError:
        raise ValueError("its precision is none") from None
    if not np.isfinite(part.weights).all() or not np.isfinite(part.precision).all():
        raise ValueError("a number isn't finite")
