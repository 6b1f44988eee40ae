"""One round trip of Kafka's protocol, as the question whether a broker is up."""

import logging

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

_SILENT = logging.getLogger("deploy.servers.kafka_probe")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


def broker_answers(address: str, timeout_seconds: float = 1.0) -> bool:
    """Return whether the broker at `address` describes a cluster that has itself in it."""
    admin = AdminClient(
        {"bootstrap.servers": address, "socket.timeout.ms": 1000, "log_level": 0}, logger=_SILENT
    )
    try:
        brokers = admin.list_topics(timeout=timeout_seconds).brokers.values()
    except KafkaException:
        return False
    return any(f"{broker.host}:{broker.port}" == address for broker in brokers)
