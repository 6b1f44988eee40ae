"""Does choosing the time by what was learned pay? Judged on a log, against shuffled logs.

The log is passed once, in order: before each send the learner, which has seen only what came
before, names the slot it would have chosen; where the log happens to have used it, the send counts,
weighted by how rarely that slot was used. Whether anything was found at all is asked of every send,
not only of those: did the clicks come in slots that the learner thought well of? The same is done
on logs whose slots were shuffled, where there is nothing to find: only what beats nearly all of
those is called found.

Sources: L. Li et al., "Unbiased offline evaluation of contextual-bandit-based news article
recommendation algorithms", WSDM 2011; B. Phipson, G. Smyth, "Permutation p-values should never be
zero", Statistical Applications in Genetics and Molecular Biology 9(1), 2010.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.sendtime_log import SendLog
from models.learning.sendtime import person_rates, population_rates

SIGNIFICANCE = 0.01
"""The share of shuffled logs that may do as well for a lift still to be called found."""
_STATE_BYTES = 256_000_000


@dataclass(frozen=True, slots=True)
class SlotShare:
    """What the log itself says of a slot."""

    slot: str
    sent: int
    clicked: int
    rate: float


@dataclass(frozen=True, slots=True)
class SendTimeResult:
    """What came of it.

    Attributes:
        sends: Sends in the log; `people` 0 where it names none.
        click_rate: Clicks per send as the log was sent.
        chosen_click_rate: Clicks per send in the slots that the learner would have chosen.
        lift: Relative: `chosen_click_rate / click_rate - 1`; 0 without clicks.
        ci95: Of the lift, by the normal approximation.
        shuffled_lift: Mean lift over the shuffled logs: what chance alone gives.
        p_value: Share of logs, this one included, in which what was learned foretells the clicks
            as well as in this one.
        found: Whether there is a lift and `p_value` is at most 0.01.
        matched: Sends whose slot was the chosen one.
        shuffled: How the slots were shuffled: `within person` or `over all`.
        permutations: How many shuffled logs.
    """

    sends: int
    people: int
    click_rate: float
    chosen_click_rate: float
    lift: float
    ci95: tuple[float, float]
    shuffled_lift: float
    p_value: float
    found: bool
    matched: int
    shuffled: str
    permutations: int
    slots: list[SlotShare]


def evaluate(log: SendLog, *, permutations: int, seed: int) -> SendTimeResult:
    """Pass the log and its shuffled copies.

    Args:
        log: Sends in order.
        permutations: Shuffled copies, at least 99: fewer can't tell 1 %.
        seed: The same seed shuffles alike.
    """
    within = log.people > 0 and len(log.slot) >= 2 * log.people
    chosen, foretold = _pass(log, log.slot[None, :])
    lift = float(_lifts(log, log.slot[None, :], chosen)[0])
    null_lifts: list[NDArray[np.float64]] = []
    null: list[NDArray[np.float64]] = []
    chance = np.random.default_rng(seed)
    block = _block(log)
    for start in range(0, permutations, block):
        count = min(block, permutations - start)
        slots = np.stack([_shuffled(log, chance, within=within) for _ in range(count)])
        matches, scores = _pass(log, slots)
        null_lifts.append(_lifts(log, slots, matches))
        null.append(scores)
    p_value = float((1 + (np.concatenate(null) >= foretold[0]).sum()) / (1 + permutations))
    base = float(log.clicked.mean())
    half = _half_width(log, chosen[0])
    return SendTimeResult(
        sends=len(log.slot),
        people=log.people,
        click_rate=base,
        chosen_click_rate=base * (1.0 + lift),
        lift=lift,
        ci95=(lift - half, lift + half),
        shuffled_lift=float(np.concatenate(null_lifts).mean()),
        p_value=p_value,
        found=lift > 0.0 and p_value <= SIGNIFICANCE,
        matched=int(chosen[0].sum()),
        shuffled="within person" if within else "over all",
        permutations=permutations,
        slots=_shares(log),
    )


def _block(log: SendLog) -> int:
    """How many copies are passed at once: what is kept of each person is kept for each copy."""
    each = max(1, log.people) * len(log.slots) * 4
    return max(1, min(100, _STATE_BYTES // each))


def _shuffled(log: SendLog, chance: np.random.Generator, *, within: bool) -> NDArray[np.int64]:
    """The slots in another order; within a person, who is then written to as often in each."""
    if not within:
        return chance.permutation(log.slot)
    slots = np.empty_like(log.slot)
    order = np.argsort(log.person, kind="stable")
    slots[order] = log.slot[np.lexsort((chance.random(len(log.slot)), log.person))]
    return slots


def _pass(log: SendLog, slots: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Pass copies of the log.

    Returns:
        For each copy and send, whether the learner would have chosen the slot that was used; for
        each copy, how well it thought of the slots of the clicks, compared with the other sends'.
    """
    runs, sends = slots.shape
    rows = np.arange(runs)
    sent = np.zeros((runs, len(log.slots)))
    clicked = np.zeros_like(sent)
    own_sent = np.zeros((log.people, runs, len(log.slots)), dtype=np.uint16)
    own_clicked = np.zeros_like(own_sent)
    matches = np.zeros((runs, sends), dtype=np.bool_)
    scores = np.zeros(runs)
    shares = np.bincount(log.slot, minlength=len(log.slots)) / sends
    base = log.clicked.mean()
    for at in range(sends):
        used, person, click = slots[:, at], log.person[at], log.clicked[at]
        rates = population_rates(sent, clicked)
        if log.people:
            rates = person_rates(rates, own_sent[person], own_clicked[person])
            own_sent[person, rows, used] += 1
            own_clicked[person, rows, used] += click
        matches[:, at] = rates.argmax(-1) == used
        scores += (click - base) * np.log(rates[rows, used] / (rates @ shares))
        sent[rows, used] += 1
        clicked[rows, used] += click
    return matches, scores


def _weights(log: SendLog) -> NDArray[np.float64]:
    """By slot, how much a send in it counts: the rarer, the more (a shuffle keeps the shares)."""
    shares = np.bincount(log.slot, minlength=len(log.slots)) / len(log.slot)
    return np.asarray(1.0 / shares, dtype=np.float64)


def _lifts(
    log: SendLog, slots: NDArray[np.int64], matches: NDArray[np.bool_]
) -> NDArray[np.float64]:
    weights = _weights(log)[slots] * matches
    base = log.clicked.mean()
    total = weights.sum(-1)
    if base == 0.0:
        return np.zeros(len(slots))
    rates = (weights * log.clicked).sum(-1) / np.where(total > 0.0, total, 1.0)
    return np.where(total > 0.0, rates / base - 1.0, 0.0)


def _half_width(log: SendLog, matches: NDArray[np.bool_]) -> float:
    """Half of the lift's 95 % interval, by the influence of each send on the ratio."""
    weights, base = _weights(log)[log.slot] * matches, float(log.clicked.mean())
    total = float(weights.sum())
    if base == 0.0 or total == 0.0:
        return 0.0
    sends = len(log.slot)
    rate = float((weights * log.clicked).sum()) / total
    influence = weights * (log.clicked - rate) * sends / total / base
    influence = influence - rate / base**2 * (log.clicked - base)
    return float(1.96 * influence.std() / np.sqrt(sends))


def _shares(log: SendLog) -> list[SlotShare]:
    sent = np.bincount(log.slot, minlength=len(log.slots))
    clicked = np.bincount(log.slot[log.clicked], minlength=len(log.slots))
    return [
        SlotShare(name, int(s), int(c), float(c / s))
        for name, s, c in zip(log.slots, sent, clicked, strict=True)
    ]
