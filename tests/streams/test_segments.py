"""What is noticed beside: counted once it is committed, and told where somebody should look."""

from dataclasses import replace

import pytest

import streams.processors
from runtime.metrics import Metrics
from streams.registry import discover
from tests.models.audience.people import programme
from tests.streams.records import NOW_MS, Desk, browse, journaled, world

SHIPPED = discover(streams.processors)


def _profile(number: int, **told: str) -> dict[str, object]:
    return {
        "event_id": f"t{number}",
        "occurred_at": NOW_MS + number,
        "subscriber_id": "ann",
        "anonymous_id": None,
        "address": None,
        "locale": None,
        "time_zone": None,
        "attributes": told,
    }


def _opt_in(number: int) -> dict[str, object]:
    """Of somebody who has yet to confirm it."""
    return {
        "event_id": f"c{number}",
        "occurred_at": NOW_MS + number,
        "subscriber_id": "ann",
        "anonymous_id": None,
        "action": "opt_in",
        "purpose": "marketing",
        "preferences": {},
        "proof": {"source": "form", "text_version": "1", "confirmed_at": None},
        "decision_id": None,
    }


def test_changes_and_refusals_are_counted_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    surroundings = world()
    surroundings.programme = programme(
        {"lookers": {"browses": 1}, "big": {"attribute": {"seats": {"at_least": 5}}}},
        {"seats": "number"},
    )
    desk = Desk(SHIPPED, world=surroundings)
    records = [
        journaled(0, browse(0)),
        journaled(1, _profile(1, seats="9"), "profile"),
        journaled(2, _profile(2, seats="a dozen"), "profile"),
        journaled(3, browse(3)),
        journaled(4, _opt_in(4), "consent"),
    ]
    surroundings.programme = replace(surroundings.programme, confirmed=True)
    pending = desk.step(records)
    metrics = Metrics()
    pending.tally.report(metrics, NOW_MS)
    read = metrics.registry.get_sample_value
    changes = {
        (segment, change): read(
            "nextbest_segment_changes_total", {"segment": segment, "change": change}
        )
        for segment in ("lookers", "big")
        for change in ("entered", "left")
    }
    assert changes == {
        ("lookers", "entered"): 1.0,
        ("lookers", "left"): 1.0,
        ("big", "entered"): 1.0,
        ("big", "left"): None,
    }
    assert read("nextbest_attributes_refused_total", {"attribute": "seats"}) == 1.0
    assert read("nextbest_opt_ins_unconfirmed_total") == 1.0
    told = capsys.readouterr().out
    assert "attribute refused" in told
    assert "a dozen" not in told
    assert pending.tally.dead.total() == 0
