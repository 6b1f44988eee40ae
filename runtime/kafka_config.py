"""Kafka client configuration from the settings: librdkafka's properties, and TLS for aiokafka."""

import logging
import ssl
from typing import TYPE_CHECKING, Any

from runtime.setting_groups import KafkaSettings

if TYPE_CHECKING:  # the settings themselves try out what is here
    from runtime.settings import Settings


def librdkafka_config(settings: "Settings", *, client_id: str = "nextbest") -> dict[str, Any]:
    """Give what every librdkafka client needs to connect; an admin client needs no more.

    Property names as in librdkafka's CONFIGURATION.md.
    """
    kafka = settings.kafka
    config: dict[str, Any] = {
        "bootstrap.servers": kafka.bootstrap_servers,
        "security.protocol": kafka.security_protocol,
        "client.id": client_id,
        "socket.timeout.ms": int(kafka.request_timeout_seconds * 1000),
        # A broker that goes away is logged by the role itself, with what it means there.
        "log.connection.close": False,
        # Without one, librdkafka writes to stderr past all formatting and redaction.
        "logger": logging.getLogger("librdkafka"),
    }
    if kafka.security_protocol.startswith("SASL"):
        config["sasl.mechanism"] = kafka.sasl_mechanism
        config["sasl.username"] = kafka.sasl_username
        config["sasl.password"] = _secret(kafka.sasl_password)
    if kafka.security_protocol.endswith("SSL"):
        check = "https" if kafka.ssl_check_hostname else "none"
        config["ssl.endpoint.identification.algorithm"] = check
        if kafka.ssl_cafile:
            config["ssl.ca.location"] = str(kafka.ssl_cafile)
        if kafka.ssl_certfile and kafka.ssl_keyfile:
            config["ssl.certificate.location"] = str(kafka.ssl_certfile)
            config["ssl.key.location"] = str(kafka.ssl_keyfile)
        if kafka.ssl_key_password:
            config["ssl.key.password"] = _secret(kafka.ssl_key_password)
    return config


def producer_config(settings: "Settings", *, client_id: str = "nextbest") -> dict[str, Any]:
    """Give an idempotent producer's properties: acknowledged by all replicas, kept in order."""
    kafka = settings.kafka
    return {
        **librdkafka_config(settings, client_id=client_id),
        **producing(kafka),
        **kafka.producer_overrides,
    }


def producing(kafka: KafkaSettings) -> dict[str, Any]:
    """Give what makes a producer ours, short of where it connects and of the overrides."""
    return {
        "enable.idempotence": True,
        "acks": "all",
        "linger.ms": kafka.linger_ms,
        "compression.type": kafka.compression,
    }


def consumer_config(
    settings: "Settings", *, group: str, client_id: str = "nextbest"
) -> dict[str, Any]:
    """Give the properties of a consumer that commits by itself, from the log's start at first.

    Args:
        settings: All settings.
        group: Consumer group without the namespace, which is put before it.
        client_id: Shown in the brokers' logs and metrics.

    """
    kafka = settings.kafka
    return {
        **librdkafka_config(settings, client_id=client_id),
        "group.id": settings.namespace + group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "fetch.wait.max.ms": kafka.fetch_wait_ms,
        "session.timeout.ms": int(kafka.session_timeout_seconds * 1000),
        "heartbeat.interval.ms": int(kafka.heartbeat_seconds * 1000),
        "max.poll.interval.ms": int(
            max(kafka.max_poll_seconds, kafka.session_timeout_seconds) * 1000
        ),
    }


def ssl_context(kafka: KafkaSettings) -> ssl.SSLContext | None:
    """Give the TLS context for clients that take one (aiokafka); None without TLS."""
    if not kafka.security_protocol.endswith("SSL"):
        return None
    context = ssl.create_default_context(cafile=str(kafka.ssl_cafile) if kafka.ssl_cafile else None)
    context.check_hostname = kafka.ssl_check_hostname
    if kafka.ssl_certfile and kafka.ssl_keyfile:
        context.load_cert_chain(
            kafka.ssl_certfile, kafka.ssl_keyfile, password=_secret(kafka.ssl_key_password)
        )
    return context


def _secret(value: Any) -> str | None:
    return value.get_secret_value() if value is not None else None
