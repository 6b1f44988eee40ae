"""Wording a mail: which variant each of its slots carries.

Chosen after the arm and given it. All variants of a slot belong to the same mail, at the same price
and worth, so the one that is clicked more often is worth more and log-odds of a click stand for
money. Each is drawn with a probability that falls with its distance from the best, in doubts, and
never below its share of exploration (`models.decision.policy`).
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import sqrt
from typing import Final, NamedTuple

from models.decision import policy
from models.decision.moment import Moment
from models.decision.outlook import Variants
from models.step import Record


class Drawn(NamedTuple):
    """The variants that a mail carries.

    Attributes:
        records: By slot, as the decision record has it.
        added: By how much they raise the log-odds of a click above what all variants, as often as
            they are drawn, come to: that is what is known of the arm.
    """

    records: Sequence[Record]
    added: float


AS_IT_IS: Final = Drawn((), 0.0)
"""Of a mail without slots."""


def shares_of(slot: Variants, moment: Moment) -> list[float]:
    """The probability of each variant; with learning off, the first but for exploration."""
    config = moment.config
    if not moment.models.learning:
        return policy.mostly(0, len(slot.names), config.exploration)
    means = [mean for mean, _ in slot.clicks]
    # At a share of the doubt, as with arms: all decisions of these days doubt the same weights.
    doubts = [config.width * sqrt(variance) for _, variance in slot.clicks]
    return policy.explored(policy.about_the_best(means, doubts), config.exploration)


def draw(slots: Sequence[Variants], moment: Moment, seed: int) -> Drawn:
    """Draw a variant for each slot.

    Args:
        slots: Those of the arm chosen.
        moment: Whose settings say how.
        seed: The decision's 64 random bits; each slot draws by bits of its own that follow from
            them, so that neither the arm nor another slot says anything of it.
    """
    records: list[Record] = []
    added = 0.0
    for slot in slots:
        shares = shares_of(slot, moment)
        chosen = policy.draw(shares, _seed_of(slot.slot, seed))
        usual = sum(share * by for share, (by, _) in zip(shares, slot.clicks, strict=True))
        added += slot.clicks[chosen][0] - usual
        needs = list(slot.needs[chosen]) if slot.needs else []
        records.append(
            {
                "slot": slot.slot,
                "variant": slot.names[chosen],
                "propensity": shares[chosen],
                "variants": dict(zip(slot.names, shares, strict=True)),
                "needs": needs,
                "first": slot.names[0] if needs else "",
            }
        )
    return Drawn(records, added)


def _seed_of(slot: str, seed: int) -> int:
    data = seed.to_bytes(8, "big") + slot.encode()
    return int.from_bytes(blake2b(data, digest_size=8, person=b"slot").digest(), "big")
