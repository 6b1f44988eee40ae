"""Outcomes add up by group: each once, corrections included, with intervals that hold."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.feedback.corrections import correct
from models.step import Step
from nextbest.outcome_sums import EVERYBODY, NONE, OutcomeSums, Sums, outcomes_by, wilson

DAY_MS = 86_400_000
NOW_MS = 1_700_000_000_000


def outcome(number: int, *segments: str, **fields: Any) -> dict[str, Any]:
    return {
        "decision_id": f"d{number}",
        "corrects": "",
        "decided_at": NOW_MS,
        "action": "send",
        "flow": "welcome",
        "arm": "welcome/none",
        "segments": list(segments),
        "cluster": -1,
        "accepted": True,
        "clicks": 0,
        "attributed_purchases": 0,
        "attributed_revenue": 0.0,
        "unsubscribed": False,
        "complained": False,
        "reward": 0.0,
        **fields,
    }


def correction(number: int, told: str, **differences: Any) -> dict[str, Any]:
    step = Step("ann", NOW_MS)
    correct(f"d{number}", told, step, **differences)
    return step.emitted[0][1]


def added(*records: dict[str, Any], by: str = "segment", **only: Any) -> dict[str, Sums]:
    given_ = {"flow": None, "since_ms": 0, **only}
    return {row.group: row for row in outcomes_by(records, by, **given_).sums()}


def test_a_decision_counts_in_each_segment_of_its_person_and_once_in_all() -> None:
    found = added(
        outcome(1, "new", "vip", clicks=2, attributed_purchases=1, attributed_revenue=50.0),
        outcome(2, "new", unsubscribed=True),
        outcome(3, accepted=False, action="hold", reward=3.0),
        outcome(4, "vip", accepted=False, reward=1.0),  # decided, and never accepted
    )
    assert list(found) == ["new", "vip", NONE, EVERYBODY]
    assert [found[name].decisions for name in found] == [2, 2, 1, 4]
    assert [found[name].mails for name in found] == [2, 1, 0, 2]
    assert (found["new"].clicked, found["new"].clicked_share) == (1, 0.5)
    assert (found["vip"].orders, found["vip"].revenue) == (1, 50.0)
    assert (found["new"].left, found["vip"].left, found[EVERYBODY].left) == (1, 0, 1)
    assert found[NONE].clicked_share is None
    assert found[EVERYBODY].value == 1.0


def test_repeats_count_once_and_waits_are_told_by_what_ends_them() -> None:
    one = outcome(1, "new", clicks=1)
    told = correction(1, "e1", clicks=-1)
    wait = outcome(2, "new", action="wait")
    found = added(one, one, told, told, wait)
    assert (found["new"].decisions, found["new"].clicked) == (1, 0)
    refunded = [wait, correction(2, "refund", reward=-1.0)]
    assert outcomes_by(refunded, "segment", flow=None, since_ms=0).strays == 0


def test_corrections_are_added_where_their_outcome_counted() -> None:
    found = added(
        outcome(1, "new", clicks=2, reward=10.0),
        correction(1, "bot", clicks=-2),
        correction(1, "refund", reward=-4.0),
        correction(1, "complaint", complained=True, accepted=True, reward=-1.0),
    )
    row = found["new"]
    assert (row.clicked, row.value, row.left) == (0, 5.0, 1)


def test_only_a_flow_and_from_a_time_on_with_the_corrections_of_those() -> None:
    old = outcome(2, decided_at=NOW_MS - DAY_MS, reward=9.0)
    other = outcome(3, flow="win_back", reward=9.0)
    records = [outcome(1, reward=2.0), old, other]
    records += [correction(n, "refund", reward=-1.0) for n in (1, 2, 3)]
    gathered = outcomes_by(records, "flow", flow="welcome", since_ms=NOW_MS)
    assert [(row.group, row.value) for row in gathered.sums()] == [("welcome", 1.0), ("all", 1.0)]
    assert gathered.strays == 0
    assert outcomes_by(records[3:], "flow", flow=None, since_ms=0).strays == 3


def test_by_arm_and_by_cluster() -> None:
    two = (outcome(1, arm="a/none", cluster=3), outcome(2, arm="a/small"))
    assert list(added(*two, by="arm")) == ["welcome a/none", "welcome a/small", EVERYBODY]
    assert list(added(*two, by="cluster")) == [NONE, "3", EVERYBODY]


def test_of_nothing_there_is_nothing() -> None:
    assert OutcomeSums().sums() == []


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_a_share_holds_it_and_lies_within_0_and_1(given_: tuple[int, int]) -> None:
    low, high = wilson(*given_)
    assert 0.0 <= low <= given_[0] / given_[1] <= high <= 1.0
    assert low < high


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_intervals_hold_the_truth_about_as_often_as_they_say(share: float) -> None:
    luck, held = random.Random(1), 0
    for _ in range(1_000):
        clicked = sum(luck.random() < share for _ in range(400))
        low, high = wilson(clicked, 400)
        held += low <= share <= high
    assert 925 <= held <= 980
