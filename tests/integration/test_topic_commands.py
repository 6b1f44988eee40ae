"""`nextbest topics` on Apache Kafka: made once, checked, and told apart from what is declared."""

import pytest
from typer.testing import CliRunner, Result

from deploy.servers.kafka import KafkaServer
from nextbest.cli import app
from schemas.topic_admin import TopicsError

pytestmark = pytest.mark.integration


def run(kafka: KafkaServer, namespace: str, *arguments: str, partitions: int = 2) -> Result:
    environment = {
        "NEXTBEST_NAMESPACE": namespace,
        "NEXTBEST_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "NEXTBEST_KAFKA__JOURNAL_PARTITIONS": str(partitions),
    }
    return CliRunner().invoke(app, ["topics", *arguments], env=environment)


def test_topics_are_made_once_and_checked(kafka: KafkaServer, namespace: str) -> None:
    missing = run(kafka, namespace, "check")
    assert isinstance(missing.exception, TopicsError)
    assert f"{namespace}journal does not exist" in str(missing.exception)

    made = run(kafka, namespace, "create")
    assert f"created {namespace}journal with 2 partitions" in made.output
    assert run(kafka, namespace, "create").output == "every topic exists already\n"
    assert run(kafka, namespace, "check").output.endswith("every topic is as declared\n")

    other = run(kafka, namespace, "check", partitions=3)
    assert isinstance(other.exception, TopicsError)
    assert "journal has 2 partitions, declared are 3" in str(other.exception)
