"""How a decision is printed for people."""

import pytest

from models.decision.decide import decide
from nextbest.show_decision import _print
from tests.models.decision.test_wording import moment_of


def test_each_variant_of_a_slot_is_shown_with_its_probability(
    capsys: pytest.CaptureFixture[str],
) -> None:
    moment = moment_of({"subject": ["plain", "question"]})
    decision = next(d for d in (decide(moment, seed << 40) for seed in range(2**24)) if d["slots"])
    decision.pop("replay")
    _print(decision)
    shown = capsys.readouterr().out
    assert "slots, given the candidate" in shown
    rows = [line for line in shown.splitlines() if "subject" in line and "│" in line]
    variants = [row for row in rows if "0.5000" in row]
    assert len(variants) == 2
    assert ["→" in row for row in variants] == [
        decision["content"]["subject"] == name for name in ("plain", "question")
    ]


def test_without_slots_there_is_no_table_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    decision = decide(moment_of({}), 1)
    decision.pop("replay")
    _print(decision)
    assert "slots" not in capsys.readouterr().out
