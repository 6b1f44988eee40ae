"""Policies to compare: each stands where the product decides, among what its fences allow.

`product` is the product as it is; `rules` the same with its models off, `at-once` the same without
waiting for a better hour. The others draw an arm by chances of their own and leave the rest, fences
and record, to the product; of them only `oracle` also knows the best hour and waits for it.
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from models.decision import decide as product
from models.decision import fences, policy
from models.decision.arms import HOLD
from models.decision.moment import Candidate, Hour, Moment
from models.step import Record
from models.world import Decide

Pick = Callable[[Moment, Sequence[Candidate]], list[float]]
"""The chance of each candidate, all of them allowed; they sum to 1."""

POLICIES = ("product", "at-once", "rules", "random", "control", "hold", "oracle", "oracle-at-once")


Later = Callable[[Moment], Hour | None]
"""The hour to which the choice is put off, if any."""


def choosing(pick: Pick, later: Later | None = None) -> Decide:
    """Decide by `pick` wherever no fence rules mail out; the record says with which chances."""

    # A choice among one is that one: everything else in a record is the product's.
    def decide(moment: Moment, seed: int) -> Record:
        if fences.hit(moment.facts, moment.config):
            return product.decide(moment, seed)  # only holding is left
        barred = fences.barred(moment.candidates, moment.facts)
        if barred:
            left = [c for i, c in enumerate(moment.candidates) if i not in barred]
            moment = replace(moment, candidates=left)
        hour = later(moment) if later else None
        if hour is not None:
            held = product.decide(replace(moment, candidates=moment.candidates[:1], hours=[]), seed)
            return {**held, "action": "wait", "arm": hour.arm, "wait_until": hour.until_ms}
        chances = pick(moment, moment.candidates)
        chosen = policy.draw(chances, seed)
        only = replace(moment, candidates=[moment.candidates[chosen]], hours=[])
        record = product.decide(only, seed)
        record["propensity"] = chances[chosen]
        record["candidates"] = [
            {"arm": candidate.arm, "fence": None, "score": 0.0, "propensity": chance}
            for candidate, chance in zip(moment.candidates, chances, strict=True)
        ]
        return record

    return decide


def pick_random(_: Moment, candidates: Sequence[Candidate]) -> list[float]:
    """Every arm alike, holding included."""
    return [1.0 / len(candidates)] * len(candidates)


def pick_hold(_: Moment, candidates: Sequence[Candidate]) -> list[float]:
    """Never mail."""
    return [1.0 if candidate.arm == HOLD else 0.0 for candidate in candidates]


def pick_best(value: Callable[[Moment, Candidate], float]) -> Pick:
    """The arm of the highest value; holding is worth 0."""

    def pick(moment: Moment, candidates: Sequence[Candidate]) -> list[float]:
        values = [0.0 if c.arm == HOLD else value(moment, c) for c in candidates]
        best = values.index(max(values))
        return [1.0 if index == best else 0.0 for index in range(len(values))]

    return pick


def pick_share(share: Callable[[Moment], float]) -> Pick:
    """Mail so often, whoever it is, with every mail alike."""

    def pick(moment: Moment, candidates: Sequence[Candidate]) -> list[float]:
        mails = len(candidates) - 1
        sends = share(moment) if mails else 0.0
        return [1.0 - sends if c.arm == HOLD else sends / mails for c in candidates]

    return pick
