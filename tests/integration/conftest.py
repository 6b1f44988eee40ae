"""What the integration tests share: an installation of one's own on the shared servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from tests.pipeline import Pipeline


@pytest.fixture
def pipeline(
    kafka: KafkaServer, redis_state: RedisServer, redis_ledger: RedisServer, tmp_path: Path
) -> Iterator[Pipeline]:
    """A namespace of its own; whatever role still runs is killed afterwards."""
    made = Pipeline(kafka, redis_state, redis_ledger, tmp_path)
    yield made
    made.end()
