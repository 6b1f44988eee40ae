"""Fixtures that every test may use: real servers, started when first asked for, and namespaces.

A server that can't be started fails the test with what to install; it never skips it.
"""

import uuid
from collections.abc import Iterator

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from tests.stages import Stages


def pytest_configure(config: pytest.Config) -> None:
    """Run the tests stage by stage."""
    config.pluginmanager.register(Stages(config), "nextbest-stages")


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """Apache Kafka, one node in KRaft mode; `.bootstrap_servers`."""
    with KafkaServer(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Redis as the state wants it (a disk sync each second); `.url`."""
    with RedisServer(tmp_path_factory.mktemp("redis-state"), "state") as server:
        yield server


@pytest.fixture(scope="session")
def redis_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Redis as the ledger wants it (a disk sync before each answer); `.url`."""
    with RedisServer(tmp_path_factory.mktemp("redis-ledger"), "ledger") as server:
        yield server


@pytest.fixture(scope="session")
def smtp_session() -> Iterator[SmtpInbox]:
    """The one SMTP server of the session; tests take `smtp_server`, which empties it."""
    with SmtpInbox() as inbox:
        yield inbox


@pytest.fixture
def smtp_server(smtp_session: SmtpInbox) -> Iterator[SmtpInbox]:
    """An SMTP server that keeps mails (`.mailbox`) and misbehaves on demand (`.script`)."""
    smtp_session.reset()
    yield smtp_session
    smtp_session.reset()


@pytest.fixture
def namespace() -> str:
    """A fresh namespace, its trailing dot included: nothing of another test is in it."""
    return f"t{uuid.uuid4().hex[:10]}."
