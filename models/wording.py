"""Wording a mail: which variant each of its slots carries.

Chosen after the arm and given it. All variants of a slot belong to the same mail, at the same price
and worth, so the one that is clicked more often is worth more and log-odds of a click stand for
money. Each is drawn with a probability that falls with its distance from the best, in doubts, and
never below its share of exploration (`models.policy`).
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import sqrt
from typing import Final, NamedTuple

from models import policy
from models.moment import Moment
from models.outlook import Variants
from models.step import Record


class Weighed(NamedTuple):
    """What may become of a candidate's slots.

    Attributes:
        shares: By slot, the probability of each variant.
        mean: What they add to the log-odds of a click before they are drawn.
        variance: Of that belief.
    """

    shares: list[list[float]]
    mean: float
    variance: float


class Drawn(NamedTuple):
    """The variants that a mail carries.

    Attributes:
        records: By slot, as the decision record has it.
        added: What they add to the log-odds of a click; `beyond` by how much more than on average.
    """

    records: Sequence[Record]
    added: float
    beyond: float


AS_IT_IS: Final = Drawn((), 0.0, 0.0)
"""Of a mail without slots."""


def weigh(slots: Sequence[Variants], moment: Moment) -> Weighed:
    """Weigh the variants of a candidate's slots.

    Mean and variance are the belief's of all variants, each by the amount of its probability: an
    arm is worth what it is with the variants it comes to be sent with.
    """
    found: list[list[float]] = []
    mean, variance = 0.0, 0.0
    for slot in slots:
        shares = _shares(slot, moment)
        for share, (by, doubt) in zip(shares, slot.clicks, strict=True):
            mean += share * by
            variance += share * share * doubt
        found.append(shares)
    return Weighed(found, mean, variance)


def _shares(slot: Variants, moment: Moment) -> list[float]:
    """The probability of each variant; with learning off, the first but for exploration."""
    config = moment.config
    if not moment.models.learning:
        return policy.mostly(0, len(slot.names), config.exploration)
    means = [mean for mean, _ in slot.clicks]
    # At a share of the doubt, as with arms: all decisions of these days doubt the same weights.
    doubts = [config.width * sqrt(variance) for _, variance in slot.clicks]
    return policy.explored(policy.about_the_best(means, doubts), config.exploration)


def draw(slots: Sequence[Variants], weighed: Weighed, seed: int) -> Drawn:
    """Draw a variant for each slot.

    Args:
        slots: Those of the arm chosen.
        weighed: What `weigh` said of them.
        seed: The decision's 64 random bits; each slot draws by bits of its own that follow from
            them, so that neither the arm nor another slot says anything of it.
    """
    records: list[Record] = []
    added = 0.0
    for slot, shares in zip(slots, weighed.shares, strict=True):
        chosen = policy.draw(shares, _seed_of(slot.slot, seed))
        added += slot.clicks[chosen][0]
        records.append(
            {
                "slot": slot.slot,
                "variant": slot.names[chosen],
                "propensity": shares[chosen],
                "variants": dict(zip(slot.names, shares, strict=True)),
            }
        )
    return Drawn(records, added, added - weighed.mean)


def _seed_of(slot: str, seed: int) -> int:
    data = seed.to_bytes(8, "big") + slot.encode()
    return int.from_bytes(blake2b(data, digest_size=8, person=b"slot").digest(), "big")
