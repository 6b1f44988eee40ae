"""Lines become rounds, or are refused by reason."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.rounds import Refused, Round, parse_round, read_rounds
from models.bandit.context import Flat
from models.errors import BadRoundError

GOOD: dict[str, Any] = {
    "context": {"age": 3, "last": {"shop": "web"}, "gone": None},
    "actions": ["a", "b"],
    "action": "b",
    "reward": 2,
    "propensity": 0.5,
}


def parsed(**changed: Any) -> Round:
    return parse_round(json.dumps({**GOOD, **changed}).encode())


def test_a_line_becomes_a_round() -> None:
    context = Flat({"age": 3.0, "last.shop": "web"})
    assert parsed() == Round(context, ("a", "b"), "b", 2.0, 0.5, "")
    assert parsed(group="men", reward=True).group == "men"
    assert parsed(context=None).context == {}
    assert parsed(extra=[1]) == parsed()


def test_actions_that_are_no_words_are_named_by_their_json() -> None:
    found = parsed(actions=[1, None, {"b": 1, "a": "é"}], action={"a": "é", "b": 1})
    assert found.actions == ("1", "null", '{"a": "é", "b": 1}')
    assert found.action == '{"a": "é", "b": 1}'


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"actions": ["a", "a"], "action": "a"}, "contradictory_actions"),
        ({"actions": []}, "bad_actions"),
        ({"actions": "ab"}, "bad_actions"),
        ({"action": "c"}, "unknown_action"),
        ({"action": None}, "missing"),
        ({"propensity": 0}, "bad_propensity"),
        ({"propensity": -0.1}, "bad_propensity"),
        ({"propensity": 1.5}, "bad_propensity"),
        ({"propensity": "x"}, "bad_propensity"),
        ({"propensity": float("nan")}, "non_finite"),
        ({"reward": float("inf")}, "non_finite"),
        ({"reward": 10**400}, "non_finite"),
        ({"reward": 1e13}, "bad_reward"),
        ({"reward": "much"}, "bad_reward"),
        ({"context": {"age": float("nan")}}, "non_finite"),
        ({"context": [1, 2]}, "bad_context"),
        ({"context": {str(at): at for at in range(2_000)}}, "bad_context"),
    ],
)
def test_what_makes_no_sense_is_refused_by_reason(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRoundError) as caught:
        parsed(**changed)
    assert caught.value.reason == reason


@pytest.mark.parametrize("line", [b"{", b"[]", b"3", b"\xff\xfe", b"[" * 100_000, b'{"a": 1} x'])
def test_what_is_no_object_is_refused(line: bytes) -> None:
    with pytest.raises(BadRoundError) as caught:
        parse_round(line)
    assert caught.value.reason == "bad_json"


def test_lines_are_counted_and_empty_ones_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "rounds.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n\n{{}}\n{json.dumps(GOOD)}", encoding="utf-8")
    first, wrong, last = read_rounds(path)
    assert first == last == parsed()
    assert wrong == Refused(3, "missing", "'actions' is missing")
