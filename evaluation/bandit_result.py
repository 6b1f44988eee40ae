"""What came of passing a log through the learner: values, intervals, and every constant action."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import fsum, inf, sqrt

import numpy as np

from evaluation import estimators
from evaluation.bandit_test import BanditTest
from evaluation.estimators import Interval, Numbers


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value per round and the interval that holds it in 95 of 100 logs; None with one round."""

    value: float
    ci95: Interval | None


@dataclass(frozen=True, slots=True)
class Constant:
    """What always taking one action would have been worth, where it was allowed.

    Attributes:
        rounds: Rounds in which it was logged.
        difference: The learner's value less this one, on the same rounds; None where the action
            wasn't always allowed.
        difference_ci95: Of the difference: both values come from one log, so it is narrower
            than theirs suggest.
    """

    value: float
    ci95: Interval | None
    rounds: int
    difference: float | None
    difference_ci95: Interval | None


@dataclass(frozen=True, slots=True)
class BanditResult:
    """What the learner would have been worth on a log, or on one test of it.

    Attributes:
        value: Reward per round, costs taken off: by replay at even odds, otherwise doubly robust
            with clipped weights. None where no round matched.
        value_second_half: The same of the later half of the rounds: most of the learning is done.
        ci95: Of the value; None where fewer than two rounds count.
        rounds: Rounds in the log; `matched` those whose logged action was the one drawn.
        action_share: By action, the share of rounds in which the learner takes it.
        uniform: Whether all actions were logged at even odds.
        constants: By action, what always taking it would have been worth.
        estimators: Where odds were not even: `ips`, `snips`, `dm`, `dr`, and their clipped forms.
        clip: At what the weights are clipped; None at even odds. `clipped`: how many were.
        effective_rounds: How many rounds of even weight would say as much.
        changes: How often the learner noticed that rewards were not what they had been.
        refused: By reason, how many lines gave no round.
        groups: By name, each test for itself; the figures above weigh them by their rounds.
    """

    value: float | None
    value_second_half: float | None
    ci95: Interval | None
    rounds: int
    matched: int
    action_share: dict[str, float]
    uniform: bool
    constants: dict[str, Constant]
    estimators: dict[str, Estimate] = field(default_factory=dict)
    clip: float | None = None
    clipped: int = 0
    effective_rounds: float = 0.0
    changes: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    groups: dict[str, "BanditResult"] = field(default_factory=dict)


def judged(test: BanditTest) -> BanditResult:
    """Judge one test that was passed."""
    rewards, odds = test.passed.numbers("rewards"), test.passed.numbers("propensities")
    drawn = test.passed.numbers("drawn")
    weights = (drawn if test.even else test.passed.numbers("chances")) / odds
    clip = inf if test.even else sqrt(len(rewards))
    held = estimators.clipped(weights, clip)
    found = {} if test.even else _estimates(test, rewards, weights, held)
    later = np.arange(len(rewards)) >= len(rewards) / 2
    value: float | None
    if test.even:
        errors = estimators.ratio_errors(rewards, weights)
        value, second = (_mean(rewards[part], weights[part]) for part in (slice(None), later))
    else:
        shares = _doubly_robust(test, rewards, held)
        value = float(shares.mean())
        second = float(shares[later].mean()) if later.any() else None
        errors = shares - value
    used = int((weights > 0.0).sum())
    return BanditResult(
        value,
        second,
        None if value is None else estimators.interval(value, errors, used),
        len(rewards),
        int(drawn.sum()),
        {action: share / len(rewards) for action, share in sorted(test.shares.items())},
        test.even,
        _constants(test, rewards, odds, value, errors),
        found,
        None if test.even else clip,
        int((weights > held).sum()),
        estimators.effective_sample_size(held),
        test.bandit.changes,
    )


def _mean(rewards: Numbers, weights: Numbers) -> float | None:
    if not weights.any():
        return None
    return float(estimators.self_normalized(rewards, weights).mean())


def _doubly_robust(test: BanditTest, rewards: Numbers, weights: Numbers) -> Numbers:
    expected, logged = test.passed.numbers("expected"), test.passed.numbers("expected_logged")
    return estimators.doubly_robust(rewards, weights, expected, logged)


def _estimates(
    test: BanditTest, rewards: Numbers, weights: Numbers, held: Numbers
) -> dict[str, Estimate]:
    found = {}
    for name, used in (("", weights), ("_clipped", held)):
        ips = estimators.inverse_propensity(rewards, used)
        robust = _doubly_robust(test, rewards, used)
        snips = float(estimators.self_normalized(rewards, used).mean())
        errors = estimators.ratio_errors(rewards, used)
        found[f"ips{name}"] = _plain(ips)
        found[f"snips{name}"] = Estimate(snips, estimators.interval(snips, errors))
        found[f"dr{name}"] = _plain(robust)
    found["dm"] = _plain(estimators.direct(test.passed.numbers("expected")))
    return found


def _plain(shares: Numbers) -> Estimate:
    value = float(shares.mean())
    return Estimate(value, estimators.interval(value, shares - value))


def _constants(
    test: BanditTest, rewards: Numbers, odds: Numbers, value: float | None, errors: Numbers
) -> dict[str, Constant]:
    logged = test.passed.numbers("logged")
    found = {}
    for action, number in sorted(test.actions.items()):
        taken = logged == number
        weights, taken_in = taken / odds, int(taken.sum())
        worth = float(estimators.self_normalized(rewards, weights).mean())
        off = estimators.ratio_errors(rewards, weights)
        difference, between = None, None
        if value is not None and test.offered[action] == len(rewards):
            difference = value - worth
            between = estimators.interval(difference, errors - off, taken_in)
        found[action] = Constant(
            worth, estimators.interval(worth, off, taken_in), taken_in, difference, between
        )
    return found


def together(groups: dict[str, BanditResult], refused: dict[str, int]) -> BanditResult:
    """All tests as one: each weighs as much as it has rounds."""
    results = list(groups.values())
    if len(results) == 1:
        return replace(results[0], refused=refused)
    rounds = sum(result.rounds for result in results)
    actions = sorted({action for result in results for action in result.action_share})
    whole = _pooled([(r.rounds, r.value, r.ci95) for r in results])
    later = _pooled([(r.rounds, r.value_second_half, r.ci95) for r in results])
    return BanditResult(
        whole.value if whole else None,
        later.value if later else None,
        whole.ci95 if whole else None,
        rounds,
        sum(result.matched for result in results),
        {a: fsum(r.rounds * r.action_share.get(a, 0.0) for r in results) / rounds for a in actions},
        all(result.uniform for result in results),
        {a: found for a in actions if (found := _pooled_constant(results, a))},
        _pooled_estimates(results),
        None,
        sum(result.clipped for result in results),
        fsum(result.effective_rounds for result in results),
        sum(result.changes for result in results),
        refused,
        groups,
    )


def _pooled(parts: Sequence[tuple[int, float | None, Interval | None]]) -> Estimate | None:
    there = [(n, value, ci) for n, value, ci in parts if value is not None]
    total = sum(n for n, _, _ in there)
    if not total:
        return None
    value = fsum(n * v for n, v, _ in there) / total
    if any(ci is None for _, _, ci in there):
        return Estimate(value, None)
    half = sqrt(fsum((n * (ci[1] - ci[0]) / 2.0) ** 2 for n, _, ci in there if ci)) / total
    return Estimate(value, (value - half, value + half))


def _pooled_constant(results: Sequence[BanditResult], action: str) -> Constant | None:
    there = [(r.rounds, r.constants[action]) for r in results if action in r.constants]
    worth = _pooled([(n, c.value, c.ci95) for n, c in there])
    if worth is None:
        return None
    between = None
    if len(there) == len(results) and all(c.difference is not None for _, c in there):
        between = _pooled([(n, c.difference, c.difference_ci95) for n, c in there])
    return Constant(
        worth.value,
        worth.ci95,
        sum(c.rounds for _, c in there),
        between.value if between else None,
        between.ci95 if between else None,
    )


def _pooled_estimates(results: Sequence[BanditResult]) -> dict[str, Estimate]:
    if any(result.uniform for result in results):
        return {}
    found = {}
    for name in results[0].estimators:
        there = [(r.rounds, r.estimators[name]) for r in results]
        pooled = _pooled([(n, e.value, e.ci95) for n, e in there])
        if pooled is not None:
            found[name] = pooled
    return found
