"""Policies against each other, seed by seed on the same people, days and luck."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any

from models.programme.flows import Programme
from models.programme.reading import parse_programme
from models.world import PolicySettings
from simulation import ablation, calibration, showing
from simulation.books import FIGURES
from simulation.calibration import Calibration, Tally
from simulation.policies import POLICIES
from simulation.run import Result, Run
from simulation.scenario import Scenario
from simulation.stats import Estimate, difference, estimate, share

REFERENCES = ("popularity", "at-once", "rules", "control", "hold", "random")
"""What the product is compared with."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to compare.

    Attributes:
        programme: The text of the marketers' flows.
        chosen: Policies to run; `control` needs `product` before it.
    """

    scenario: Scenario
    programme: str
    settings: PolicySettings
    chosen: tuple[str, ...] = POLICIES


@dataclass(frozen=True, slots=True)
class Seen:
    """What one seed gave, small enough to be handed between processes.

    Attributes:
        weeks: By policy, figures by week.
        expected: By policy, expected value by person; kept for a single seed only.
        claim: Realised lift per person of the product over holding, as a shop would measure it: one
            half of the people against the other half, held out.
        calibration: What the product expected, and what became of it, by half of the run.
        buys_soon: What it said of orders within 7 days, likewise.
    """

    seed: int
    weeks: dict[str, list[dict[str, float]]]
    expected: dict[str, list[float]]
    claim: Estimate | None
    seconds: dict[str, float]
    calibration: tuple[Calibration, ...] = ()
    buys_soon: tuple[Tally, ...] = ()

    def total(self, policy: str, figure: str) -> float:
        """A figure of a policy over all weeks."""
        return sum(week[figure] for week in self.weeks[policy])


def play_seed(task: Task, seed: int) -> Seen:
    """Run the policies of a task on one seed."""
    programme: Programme = parse_programme(task.scenario.programme or task.programme)
    results: dict[str, Result] = {}
    for policy in (*POLICIES, *showing.POLICIES, *ablation.POLICIES):
        if policy in task.chosen:
            first = results.get("product")
            volume = first.books.volume if first else None
            run = Run(task.scenario, seed, policy, programme, task.settings, volume)
            results[policy] = run.play()
    return Seen(
        seed,
        {policy: result.books.weeks for policy, result in results.items()},
        {policy: result.books.expected for policy, result in results.items()},
        _claim(results),
        {policy: result.seconds for policy, result in results.items()},
        results["product"].books.calibration if "product" in results else (),
        results["product"].books.buys_soon if "product" in results else (),
    )


def _claim(results: dict[str, Result]) -> Estimate | None:
    if not {"product", "hold"} <= results.keys():
        return None
    treated = results["product"].books.realised[::2]
    held_out = results["hold"].books.realised[1::2]
    return difference(treated, held_out)


def play_each(task: Task, seeds: Sequence[int], jobs: int = 1) -> Iterator[Seen]:
    """Run all seeds, at most `jobs` at a time; yields each as it is done, in their order."""
    if jobs <= 1 or len(seeds) <= 1:
        yield from (play_seed(task, seed) for seed in seeds)
        return
    with ProcessPoolExecutor(min(jobs, len(seeds)), get_context("spawn")) as pool:
        yield from pool.map(partial(play_seed, task), seeds)


def play(task: Task, seeds: Sequence[int], jobs: int = 1) -> list[Seen]:
    """Run all seeds, at most `jobs` at a time; in their order."""
    return list(play_each(task, seeds, jobs))


def report(task: Task, seen: Sequence[Seen]) -> dict[str, Any]:
    """All there is to say, as JSON has it. Values are sums over people and weeks of a seed."""
    p = task.scenario.parameters
    return {
        "scenario": task.scenario.name,
        "title": task.scenario.title,
        "people": p.people,
        "weeks": p.weeks,
        "seeds": [one.seed for one in seen],
        "intervals_over": "seeds" if len(seen) > 1 else "people",
        "policies": {policy: _figures(seen, policy) for policy in seen[0].weeks},
        "differences": _differences(seen),
        "gap_share": _gap_share(seen, "oracle"),
        "gap_share_popularity": _gap_share(seen, "oracle", "popularity"),
        "gap_share_by_recommending": _gap_share(seen, "oracle", "product", "popularity"),
        "gap_share_at_once": _gap_share(seen, "oracle-at-once"),
        "gap_share_by_recommending_at_once": _gap_share(
            seen, "oracle-at-once", "product", "popularity"
        ),
        "learning_curve": _curve(seen, p.weeks),
        "claims": _claims(seen),
        "calibration": calibration.report(half for one in seen for half in one.calibration),
        "calibration_second_half": calibration.report(
            half for one in seen for half in one.calibration[1:]
        ),
        "buys_soon": calibration.foretold(half for one in seen for half in one.buys_soon),
        "buys_soon_second_half": calibration.foretold(
            half for one in seen for half in one.buys_soon[1:]
        ),
        "seconds": {
            policy: round(sum(one.seconds[policy] for one in seen), 1) for policy in seen[0].seconds
        },
    }


def _figures(seen: Sequence[Seen], policy: str) -> dict[str, Any]:
    figures: dict[str, Any] = {
        figure: estimate([one.total(policy, figure) for one in seen]).plain() for figure in FIGURES
    }
    mails = sum(one.total(policy, "mails") for one in seen)
    clicks = sum(one.total(policy, "expected_clicks") for one in seen)
    orders = sum(one.total(policy, "expected_orders") for one in seen)
    best = sum(one.total(policy, "best_hour_clicks") for one in seen)
    leaves = sum(one.total(policy, "expected_unsubscribes") for one in seen)
    figures["click_rate"] = clicks / mails if mails else None
    figures["unsubscribe_rate"] = leaves / mails if mails else None
    figures["conversion"] = orders / clicks if clicks else None
    figures["timing_headroom"] = best / clicks - 1.0 if clicks else None
    return figures


def _differences(seen: Sequence[Seen]) -> dict[str, Any]:
    if "product" not in seen[0].weeks:
        return {}
    found = {}
    for other in (*REFERENCES, *ablation.POLICIES):
        if other in seen[0].weeks:
            figures = {
                figure: estimate(
                    [one.total("product", figure) - one.total(other, figure) for one in seen]
                ).plain()
                for figure in FIGURES
            }
            if len(seen) == 1:
                figures["expected_value"] = _by_person(seen[0], other)
            found[other] = figures
    return found


def _by_person(one: Seen, other: str) -> dict[str, float | None]:
    pairs = zip(one.expected["product"], one.expected[other], strict=True)
    found = estimate([own - theirs for own, theirs in pairs])
    people = len(one.expected["product"])
    assert found.low is not None
    assert found.high is not None
    return Estimate(found.mean * people, found.low * people, found.high * people).plain()


def _gap_share(
    seen: Sequence[Seen], oracle: str, policy: str = "product", less: str = "random"
) -> dict[str, float | None] | None:
    """How much of the gap from random to an oracle a policy has more than another."""
    names = (policy, less, "random", oracle)
    if not set(names) <= seen[0].weeks.keys():
        return None
    if len(seen) > 1:
        rows = [[one.total(name, "expected_value") for name in names] for one in seen]
    else:
        rows = [list(row) for row in zip(*(seen[0].expected[n] for n in names), strict=True)]
    parts = [(own - other + low, low, best) for own, other, low, best in rows]
    found = share(parts)
    return found.plain() if found else None


def _curve(seen: Sequence[Seen], weeks: int) -> list[dict[str, Any]]:
    curve = []
    for week in range(weeks):
        row: dict[str, Any] = {"week": week + 1}
        for policy in seen[0].weeks:
            values = [one.weeks[policy][week]["expected_value"] for one in seen]
            row[policy] = sum(values) / len(values)
        if {"product", "random", "oracle"} <= row.keys():
            gap = row["oracle"] - row["random"]
            row["gap_share"] = (row["product"] - row["random"]) / gap if gap > 0.0 else None
        curve.append(row)
    return curve


def _claims(seen: Sequence[Seen]) -> dict[str, Any] | None:
    claims = [one.claim for one in seen if one.claim is not None]
    if not claims:
        return None
    lifted = sum(1 for claim in claims if claim.low is not None and claim.low > 0.0)
    return {
        "seeds": len(claims),
        "claim_a_lift": lifted,
        "lift_per_person": [claim.plain() for claim in claims],
    }
