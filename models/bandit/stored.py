"""A bandit as bytes, and back."""

import msgspec

from models.bandit.learner import Bandit, Settings
from models.bandit.mixed import MixedState
from models.bandit.surprise import THRESHOLD, Surprise
from models.errors import SnapshotError

VERSION = 1
"""Version of the encoding."""


class _State(msgspec.Struct, array_like=True):
    settings: Settings
    learned: int
    changes: int
    below: float
    model: MixedState


_HEAD = b"nbB" + bytes([VERSION])
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_State)


def to_bytes(bandit: Bandit) -> bytes:
    """The bandit's stored form: numbers and names, no pickle; the same bandit gives the same."""
    state = _State(
        bandit.settings,
        bandit.learned,
        bandit.changes,
        bandit.surprise.below,
        bandit.model.state(),
    )
    return _HEAD + _encoder.encode(state)


def from_bytes(data: bytes) -> Bandit:
    """The bandit that `to_bytes` wrote: it chooses and learns on as that one would.

    Raises:
        SnapshotError: Of another version, truncated, or not finite.
    """
    if data[:4] != _HEAD:
        raise SnapshotError(
            f"a stored bandit of {len(data)} bytes is not of version {VERSION}, which this release "
            "reads. Use the release that wrote it, or let it learn anew."
        )
    try:
        state = _decoder.decode(memoryview(data)[4:])
        bandit = Bandit(state.settings)
        bandit.model.restore(state.model)
        bandit.surprise = _surprise(state)
    except (msgspec.MsgspecError, ValueError) as error:
        raise SnapshotError(f"a stored bandit is damaged: {error}. Let it learn anew.") from error
    bandit.learned, bandit.changes = state.learned, state.changes
    return bandit


def _surprise(state: _State) -> Surprise:
    if not 0.0 <= state.below <= THRESHOLD:
        raise ValueError("the sum of disappointments is out of range")
    return Surprise(state.below)
