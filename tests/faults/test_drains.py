"""Told to stop while a server stands still, a role says what it left; nothing of it is lost."""

import sys
from pathlib import Path

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from tests.pipeline import Pipeline, wait_until
from tests.workload import START_MS

pytestmark = [pytest.mark.integration, pytest.mark.faults]

EXIT_STOPPED = 70


def test_a_worker_that_cannot_finish_its_batch_does_not_end_cleanly(
    kafka: KafkaServer, redis_state: RedisServer, redis_ledger: RedisServer, tmp_path: Path
) -> None:
    pipeline = Pipeline(kafka, redis_state, redis_ledger, tmp_path)
    try:
        intake = pipeline.start("intake")
        worker = pipeline.start_command("worker", [sys.executable, "-m", "tests.hasty_worker"])
        wait_until(lambda: intake.has_joined() and worker.has_joined(), "both have joined")
        redis_state.pause()
        with pipeline.emitter() as emitter:
            for number in range(50):
                emitter.emit("browse", {"subscriber_id": f"s{number}", "occurred_at": START_MS})
        wait_until(pipeline.intake_caught_up, "intake has journaled the events")
        worker.process.terminate()
        assert worker.process.wait(60) == EXIT_STOPPED
        assert "left were the batch at hand" in worker.output()
        assert "stopped cleanly" not in worker.output()

        redis_state.resume()
        successor = pipeline.start("worker")
        wait_until(pipeline.caught_up, "its successor has applied what it left")
        assert successor.stop() == 0
    finally:
        redis_state.resume()
        pipeline.end()
