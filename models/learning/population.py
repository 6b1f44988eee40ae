"""What everyone's outcomes teach: how likely a mail is clicked, sells, and drives its reader away.

Four beliefs (`models.belief`), each leaning on what the programme expects: with nothing learned
they say exactly that, so models that are off, new or lost leave a sensible programme. `order` is
about orders that would not have come anyway: an order in the window of a clicked mail is the mail's
with the probability that nothing else explains it, by what windows without a click teach. That is
expectation maximisation in one pass (R. M. Neal, G. E. Hinton, "A view of the EM algorithm that
justifies incremental, sparse, and other variants", 1998).

Each belief is watched (`models.learning.drift`); one that no longer holds becomes less sure of all
its weights, and so learns anew without forgetting.

Beside them, people who behave alike are grouped, by nobody's definition; see
`models.audience.clusters`.

Learned by one trainer from `outcome` records, published as versioned bytes, read by every worker.
"""

from collections.abc import Mapping

import msgspec

from models.audience.clusters import Clusters, Stored
from models.belief import Weights
from models.decision.arms import HOLD
from models.decision.features import ARM_DISCOUNT, CLICK, LEAVE, ORDER, UNASKED, is_about_arm
from models.decision.outlook import Later, Outlook
from models.errors import SnapshotError
from models.learning import inputs, learners
from models.learning.drift import Sums, Watch
from models.learning.linear import finite, probability
from models.learning.teaching import check, chosen, succeeded
from models.step import Record

VERSION = 3
"""Version of the snapshot's encoding."""

_PARTS = {
    "click": (0.3, 40_000.0, 9.0),
    "order": (0.3, 4_000.0, 9.0),
    "leave": (0.2, 80_000.0, 9.0),
    "unasked": (0.6, 80_000.0, 12.0),
}
"""By belief: spread, memory, and the threshold of its watch. What happens often has a higher one:
there chance has more attempts in as many outcomes."""
_WIDENS = 0.5
"""Share of the way back to knowing nothing, in variances, that a belief goes at an alarm."""
_COMPLAINTS, _LEAVES = 0.5, 20.0
"""Complaints among readers lost, assumed as if seen so often."""
_AMOUNT = 30.0


class _Snapshot(msgspec.Struct, array_like=True):
    learned: int
    beliefs: list[Weights]
    leaves: float
    complaints: float
    corrections: int = 0
    # Without these, in snapshots of before, nothing has been noticed yet.
    sums: list[Sums] = []
    drifts: list[int] = []
    belief: str = learners.DEFAULT
    clusters: Stored = msgspec.field(default_factory=Stored)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Snapshot)
_HEAD = b"nbP" + bytes([VERSION])


def _sound(stored: _Snapshot) -> bool:
    """Whether all numbers are finite, and none negative that can't be."""
    pairs = [pair for weights in stored.beliefs for pair in weights.values()]
    sums = [number for found in stored.sums for pair in found.values() for number in pair]
    numbers = [number for pair in pairs for number in pair]
    return (
        finite(stored.leaves, stored.complaints, *numbers, *sums)
        and stored.leaves > 0.0 <= stored.complaints
        and all(variance >= 0.0 for _, variance in pairs)
        and min([0.0, *sums, *stored.drifts]) == 0.0
        and all(len(found) in (0, len(_PARTS)) for found in (stored.sums, stored.drifts))
        and stored.clusters.sound()
    )


class Population:
    """The population model, as a worker reads it and the trainer keeps it.

    Attributes:
        learned: How many outcomes it has learned from.
        corrections: How many corrections a snapshot holds, where it was read from one: the same
            number of outcomes with one of them corrected is another snapshot.
        drifts: By belief, how often it was noticed that it no longer holds.
        noticed: Beliefs found so by the last outcome, each with the input that told.
        belief: The class behind the beliefs.
        clusters: Groups of people who behave alike, learned from the same outcomes.

    Args:
        belief: That class, as `module:Class`; see `models.learning.learners`.
    """

    def __init__(self, belief: str = learners.DEFAULT) -> None:
        make = learners.load(belief)
        self.belief = belief
        self.learned = self.corrections = 0
        self.drifts = dict.fromkeys(_PARTS, 0)
        self.noticed: list[tuple[str, str]] = []
        self._beliefs = {name: make(*part[:2]) for name, part in _PARTS.items()}
        self._watches = {name: Watch(threshold=part[2]) for name, part in _PARTS.items()}
        self._leaves, self._complaints = _LEAVES, _COMPLAINTS
        self.clusters = Clusters()

    def use_clusters(self, count: int) -> None:
        """Have so many clusters; where there were more or fewer, they are learned anew."""
        if self.clusters.count != count:
            self.clusters = Clusters(count)

    @property
    def version(self) -> str:
        """Names the snapshot: two of one trainer's line with the same version are the same."""
        return f"{self.learned}.{self.corrections}" if self.corrections else str(self.learned)

    def unasked(
        self, features: Mapping[str, float], flow: str, prior: float
    ) -> tuple[float, float]:
        """Log-odds of an order in the window without any mail, and their variance."""
        return self._beliefs["unasked"].chance(inputs.unasked(features, flow), prior)

    def outlook(self, features: Mapping[str, float], flow: str, unasked: float) -> "Outlook":
        """What may follow mails of a flow at a moment, to be asked by arm.

        Args:
            features: By name, as in a decision record.
            flow: The flow they would be decided for.
            unasked: Log-odds of an order without any mail that the programme expects.
        """
        return Outlook(self._beliefs, features, flow, self.unasked(features, flow, unasked))

    def later(self, now: Mapping[str, float]) -> "Later":
        """What arriving later than at a moment changes, to be asked by hour.

        Args:
            now: The features at this moment, by name.
        """
        return Later(self._beliefs["click"], now)

    @property
    def complaint_share(self) -> float:
        """Share of the readers lost who complain."""
        return self._complaints / self._leaves

    def learn(self, outcome: Record) -> bool:
        """Learn from one outcome record; False where it teaches nothing.

        A mail that was never accepted, and a decision that had no alternative, teach nothing.

        Raises:
            NotLearnableError: A value isn't finite (`non_finite`), or the propensity is 0 or less
                (`bad_propensity`); nothing was learned.
        """
        self.noticed = []
        check(outcome)
        if not outcome["evidence"] or not chosen(outcome):
            return False
        features: dict[str, float] = outcome["features"]
        held = {name: min(max(amount, -_AMOUNT), _AMOUNT) for name, amount in features.items()}
        seen = {name: amount for name, amount in held.items() if not is_about_arm(name)}
        bought = succeeded(outcome)
        self.clusters.learn(seen)
        if outcome["arm"] != HOLD:
            self._learn_mail(outcome, held, seen, bought=bought)
        if outcome["arm"] == HOLD or not outcome["clicks"]:
            prior = held.get(UNASKED, -4.0)
            asked = inputs.unasked(seen, outcome["flow"])
            self._towards("unasked", asked, 1.0 if bought else 0.0, prior)
        self.learned += 1
        return True

    def _towards(self, name: str, inputs: dict[str, float], target: float, prior: float) -> None:
        belief, watch = self._beliefs[name], self._watches[name]
        expected = belief.towards(inputs, target, prior)
        watch.update(inputs, expected, target)
        if watch.drift_detected:
            belief.widen(_WIDENS)
            self.drifts[name] += 1
            self.noticed.append((name, watch.moved))

    def _learn_mail(
        self, outcome: Record, held: dict[str, float], seen: dict[str, float], *, bought: bool
    ) -> None:
        flow, beliefs = outcome["flow"], self._beliefs
        own = inputs.arm(outcome["arm"], flow, held.get(ARM_DISCOUNT, 0.0))
        clicked = outcome["clicks"] > 0
        lost = outcome["unsubscribed"] or outcome["complained"]
        words = inputs.worded(flow, outcome["arm"], outcome.get("slots", ()))
        click = {**inputs.click(seen), **inputs.click_arm(seen, own), **words}
        self._towards("click", click, 1.0 if clicked else 0.0, held.get(CLICK, -3.5))
        leave = {**inputs.leave(seen), **own}
        self._towards("leave", leave, 1.0 if lost else 0.0, held.get(LEAVE, -6.0))
        if lost:
            self._leaves += 1.0
            self._complaints += 1.0 if outcome["complained"] else 0.0
        if clicked:
            order, prior = {**inputs.order(seen), **inputs.order_arm(own)}, held.get(ORDER, -4.0)
            share = 0.0
            if bought:
                by_mail = probability(beliefs["order"].chance(order, prior)[0])
                unasked = inputs.unasked(seen, flow)
                anyway = probability(
                    self._beliefs["unasked"].chance(unasked, held.get(UNASKED, -4.0))[0]
                )
                share = by_mail / (by_mail + (1.0 - by_mail) * anyway)
            self._towards("order", order, share, prior)

    def to_bytes(self, corrections: int = 0) -> bytes:
        """The model in its versioned encoding: numbers and names, no pickle.

        Args:
            corrections: How many it holds, for a snapshot to be told from others.
        """
        weights = [belief.weights for belief in self._beliefs.values()]
        return _HEAD + _encoder.encode(
            _Snapshot(
                self.learned,
                weights,
                self._leaves,
                self._complaints,
                corrections,
                [watch.sums for watch in self._watches.values()],
                list(self.drifts.values()),
                self.belief,
                self.clusters.to_stored(),
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes, belief: str = learners.DEFAULT) -> "Population":
        """The model that `to_bytes` wrote; it predicts and learns on exactly as that one would.

        Args:
            data: What `to_bytes` wrote.
            belief: The class that it must have been learned by.

        Raises:
            SnapshotError: Another version or learner, truncated, or numbers that aren't finite.
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
        if stored.belief != belief:
            raise SnapshotError(
                f"a population snapshot was learned by {stored.belief}, the settings say {belief}. "
                "Set NEXTBEST_DECISION__BELIEF as it was, or delete the snapshot to learn anew."
            )
        population = cls(belief)
        if len(stored.beliefs) != len(population._beliefs) or not _sound(stored):
            raise SnapshotError(
                "a population snapshot holds numbers that aren't finite, too few, or impossible. "
                "Point the trainer at an earlier one, or delete it to learn anew."
            )
        population.learned, population.corrections = stored.learned, stored.corrections
        population._leaves, population._complaints = stored.leaves, stored.complaints
        for learner, weights in zip(population._beliefs.values(), stored.beliefs, strict=True):
            learner.weights = weights
        for watch, sums in zip(population._watches.values(), stored.sums, strict=False):
            watch.sums = sums
        population.drifts.update(zip(_PARTS, stored.drifts, strict=False))
        population.clusters = Clusters.from_stored(stored.clusters)
        return population
