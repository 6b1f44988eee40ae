"""From a product app's event to a decision, over Apache Kafka and Redis, with real processes."""

import pytest

from tests.pipeline import Pipeline
from tests.workload import Workload

pytestmark = pytest.mark.integration


def test_events_become_decisions_and_nothing_is_lost(pipeline: Pipeline) -> None:
    """Every unique event is applied once; repeats change nothing; roles drain on SIGTERM."""
    workload = Workload(people=50, hours=30, events_an_hour=40)
    pipeline.start("intake")
    pipeline.start("worker")
    with pipeline.emitter() as emitter:
        for closing_ms, events in workload.steps():
            for name, event in events:
                emitter.emit(name, event)
            emitter.flush(30)
            pipeline.wait_until(pipeline.intake_caught_up, "intake has journaled the step")
            pipeline.tick(closing_ms)
    pipeline.wait_until(pipeline.caught_up, "the worker has committed the journal")
    pipeline.wait_until(lambda: pipeline.outboxes() == 0, "the outboxes are empty")

    journaled = sum(pipeline.ends("journal").values()) - workload.hours * pipeline.partitions
    assert journaled == workload.events
    assert pipeline.unique("dead-letters", "dead_letter_id") == {}
    decisions = pipeline.records("decisions")
    sent = [d for d in decisions if d["action"] == "send"]
    assert sent, "no decision to send in thirty hours of shopping"
    assert {d["flow"] for d in sent} & {"cart_abandonment", "welcome", "browse_abandonment"}
    pipeline.wait_until(
        lambda: pipeline.committed("worker", "journal") == pipeline.ends("journal"),
        "the group's offsets follow",
    )
    pipeline.stop()
