"""A recommender as bytes, and back."""

import msgspec

from models.errors import SnapshotError
from models.recommend.items import ItemsState
from models.recommend.learned import Learned
from models.recommend.recommender import Recommender
from models.recommend.sessions import SessionsState
from models.recommend.settings import Settings

VERSION = 1
"""Version of the encoding."""


class _State(msgspec.Struct, array_like=True):
    settings: Settings
    learned: int
    items: ItemsState
    sessions: SessionsState
    weights: Learned


_HEAD = b"nbR" + bytes([VERSION])
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_State)


def to_bytes(recommender: Recommender) -> bytes:
    """The recommender's stored form: numbers and ids, no pickle; the same one gives the same."""
    state = _State(
        recommender.settings,
        recommender.learned,
        recommender.items.state(),
        recommender.sessions.state(),
        recommender.weights,
    )
    return _HEAD + _encoder.encode(state)


def from_bytes(data: bytes) -> Recommender:
    """The recommender that `to_bytes` wrote: it recommends and learns on as that one would.

    Raises:
        SnapshotError: Of another version, truncated, or not finite.
    """
    if data[:4] != _HEAD:
        raise SnapshotError(
            f"a stored recommender of {len(data)} bytes is not of version {VERSION}, which this "
            "release reads. Use the release that wrote it, or let it learn anew."
        )
    try:
        state = _decoder.decode(memoryview(data)[4:])
        recommender = Recommender(state.settings)
        recommender.items.restore(state.items)
        recommender.sessions.restore(state.sessions)
        state.weights.check()
    except (msgspec.MsgspecError, ValueError) as error:
        raise SnapshotError(
            f"a stored recommender is damaged: {error}. Let it learn anew."
        ) from error
    recommender.learned, recommender.weights = state.learned, state.weights
    return recommender
