"""What everyone's outcomes teach: the chance that an arm works, and what it is then worth.

One logistic model over the person's features, the arm, and each feature under each arm, leaning on
the programme's prior: with nothing learned it predicts the prior exactly, so models that are off,
new or lost leave a sensible programme. Beside it, the mean net value of outcomes that worked and
of those that didn't, by arm, held towards the mean of all while there are few.

Learned by one trainer from `outcome` records, published as versioned bytes, read by every worker.
"""

from collections.abc import Mapping
from math import fsum, log
from typing import Any

import msgspec

from models.errors import NotLearnableError, SnapshotError
from models.features import ARM_LEAN, ARM_PRIOR
from models.linear import Linear, finite, probability
from models.step import Record

VERSION = 1
"""Version of the snapshot's encoding."""

HOLD = "hold"

_RATE = 0.02
_LIMIT = 12.0
_NAMES_LIMIT = 4_096
# The prior comes in at a quarter, so that its large values don't make its weight the fastest.
_PRIOR_SCALE = 0.25
_PRIOR = "prior"
_START = {_PRIOR: 1.0 / _PRIOR_SCALE}
_SHRINK = 20.0
_MEMORY = 2_000.0
_ARMS_LIMIT = 256
_DEFAULT_PRIOR = log(0.03 / 0.97)


class _Snapshot(msgspec.Struct, array_like=True):
    learned: int
    weights: list[tuple[str, float]]
    gains: dict[str, tuple[float, float]]
    losses: dict[str, tuple[float, float]]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Snapshot)
_HEAD = b"nbP" + bytes([VERSION])


class _Means:
    """Mean net value by arm, each held towards the mean of all arms while there are few."""

    def __init__(self, by_arm: dict[str, tuple[float, float]] | None = None) -> None:
        self.by_arm = by_arm if by_arm is not None else {}

    def add(self, arm: str, amount: float) -> None:
        for key in ("", arm):
            if key not in self.by_arm and len(self.by_arm) >= _ARMS_LIMIT:
                continue
            count, mean = self.by_arm.get(key, (0.0, 0.0))
            count = min(count + 1.0, _MEMORY)
            self.by_arm[key] = (count, mean + (amount - mean) / count)

    def overall(self, assumed: float) -> float:
        count, mean = self.by_arm.get("", (0.0, 0.0))
        return (count * mean + _SHRINK * assumed) / (count + _SHRINK)

    def of(self, arm: str, assumed: float) -> float:
        count, mean = self.by_arm.get(arm, (0.0, 0.0))
        return (count * mean + _SHRINK * assumed) / (count + _SHRINK)


def _inputs(features: Mapping[str, float], arm: str, flow: str, prior: float) -> dict[str, float]:
    inputs = {_PRIOR: prior * _PRIOR_SCALE, f"{flow}|{arm}": 1.0}
    for name, amount in features.items():
        if name not in (ARM_PRIOR, ARM_LEAN):
            inputs[name] = amount
            inputs[f"{arm}|{name}"] = amount
    return inputs


class Population:
    """The population model, as a worker reads it and the trainer keeps it.

    Attributes:
        learned: How many outcomes it has learned from.
    """

    def __init__(self) -> None:
        self.learned = 0
        self._linear = Linear(_START, _RATE, _LIMIT)
        self._gains = _Means()
        self._losses = _Means()
        # By arm, what each feature weighs under it: the sum is made once, not at every decision.
        self._columns: dict[str, dict[str, float]] = {}

    @property
    def version(self) -> str:
        """Names the snapshot: two of one trainer's line with the same version are the same."""
        return str(self.learned)

    def log_odds(
        self,
        features: Mapping[str, float],
        arm: str,
        flow: str = "",
        prior: float = _DEFAULT_PRIOR,
    ) -> float:
        """Log-odds that the decision is followed by a gain; the prior where nothing was learned.

        Args:
            features: By name, as in a decision record.
            arm: The candidate, or `hold`.
            flow: The flow it would be decided for.
            prior: The programme's own log-odds.
        """
        if not self.learned:
            return prior
        column = self._columns.get(arm)
        if column is None or not features.keys() <= column.keys():
            column = self._columns[arm] = self._column(arm, features)
        linear = self._linear
        terms = [column[name] * amount for name, amount in features.items()]
        terms.append(linear.weight(_PRIOR) * prior * _PRIOR_SCALE)
        terms.append(linear.weight(f"{flow}|{arm}"))
        return min(max(fsum(terms), -30.0), 30.0)

    def _column(self, arm: str, features: Mapping[str, float]) -> dict[str, float]:
        weight = self._linear.weight
        return {
            name: 0.0 if name in (ARM_PRIOR, ARM_LEAN) else weight(name) + weight(f"{arm}|{name}")
            for name in features
        }

    def predict(
        self,
        features: Mapping[str, float],
        arm: str,
        flow: str = "",
        prior: float = _DEFAULT_PRIOR,
    ) -> float:
        """The chance behind `log_odds`."""
        return probability(self.log_odds(features, arm, flow, prior))

    def gain(self, arm: str, assumed: float) -> float:
        """Mean net value of an outcome that worked; `assumed` while nothing is known."""
        return self._gains.of(arm, self._gains.overall(assumed))

    def loss(self, arm: str, assumed: float) -> float:
        """Mean net value, 0 or less, of an outcome that didn't; `assumed` while nothing is known.

        Not held towards other arms: not mailing costs nothing.
        """
        return self._losses.of(arm, assumed)

    def learn(self, outcome: Record) -> bool:
        """Learn from one outcome record; False where it teaches nothing.

        A mail that was never accepted, and a decision that had no alternative, teach nothing.

        Raises:
            NotLearnableError: A value isn't finite (`non_finite`); nothing was learned.
        """
        features: dict[str, float] = outcome["features"]
        reward: float = outcome["reward"]
        if not finite(reward, outcome["propensity"], *features.values()):
            raise NotLearnableError(
                "non_finite", f"outcome {outcome['decision_id']} holds a value that isn't finite"
            )
        if not outcome["evidence"] or outcome["propensity"] >= 1.0:
            return False
        arm: str = outcome["arm"]
        held = {name: min(max(amount, -30.0), 30.0) for name, amount in features.items()}
        inputs = _inputs(held, arm, outcome["flow"], held.get(ARM_PRIOR, _DEFAULT_PRIOR))
        self._linear.learn(self._bounded(inputs), success=reward > 0.0)
        self._columns.clear()
        means = self._gains if reward > 0.0 else self._losses
        means.add(arm, min(max(reward, -1e6), 1e6))
        self.learned += 1
        return True

    def _bounded(self, inputs: dict[str, float]) -> dict[str, float]:
        if len(self._linear) + len(inputs) <= _NAMES_LIMIT:
            return inputs
        return {name: amount for name, amount in inputs.items() if self._linear.knows(name)}

    def to_bytes(self) -> bytes:
        """The model in its versioned encoding: numbers and names, no pickle."""
        return _HEAD + _encoder.encode(
            _Snapshot(
                self.learned,
                list(self._linear.weights.items()),
                self._gains.by_arm,
                self._losses.by_arm,
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Population":
        """The model that `to_bytes` wrote; it predicts and learns on exactly as that one would.

        Raises:
            SnapshotError: Another version, truncated, or holding numbers that aren't finite.
        """
        if data[:4] != _HEAD:
            raise SnapshotError(
                f"a population snapshot starts with {data[:4]!r}, this release reads {_HEAD!r}. "
                "Run the release that wrote it, or delete the snapshot to learn anew."
            )
        try:
            stored = _decoder.decode(data[4:])
        except msgspec.MsgspecError as error:
            raise SnapshotError(
                f"a population snapshot of {len(data)} bytes is damaged: {error}. "
                "Point the trainer at an earlier one, or delete it to learn anew."
            ) from error
        numbers: list[Any] = [weight for _, weight in stored.weights]
        for means in (stored.gains, stored.losses):
            numbers.extend(number for pair in means.values() for number in pair)
        if not finite(*numbers):
            raise SnapshotError(
                "a population snapshot holds numbers that aren't finite. "
                "Point the trainer at an earlier one, or delete it to learn anew."
            )
        population = cls()
        population.learned = stored.learned
        population._linear = Linear(dict(stored.weights), _RATE, _LIMIT)
        population._gains = _Means(stored.gains)
        population._losses = _Means(stored.losses)
        return population
