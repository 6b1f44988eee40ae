"""Kafka configuration: what librdkafka is told, and that it accepts it."""

import time

import pytest
from confluent_kafka import Consumer, Producer

from runtime.kafka_config import consumer_config, librdkafka_config, producer_config, ssl_context
from runtime.settings import BadSettingsError, load_settings

SASL = {
    "security_protocol": "SASL_SSL",
    "sasl_mechanism": "SCRAM-SHA-512",
    "sasl_username": "shop",
    "sasl_password": "a-word",
}


def test_plain_text_has_no_security_properties() -> None:
    config = librdkafka_config(load_settings())
    assert config["security.protocol"] == "PLAINTEXT"
    assert not [name for name in config if name.startswith(("sasl.", "ssl."))]


def test_sasl_and_tls_are_passed_through() -> None:
    config = librdkafka_config(load_settings(kafka=SASL | {"ssl_check_hostname": False}))
    assert config["sasl.mechanism"] == "SCRAM-SHA-512"
    assert config["sasl.username"] == "shop"
    assert config["sasl.password"] == "a-word"
    assert config["ssl.endpoint.identification.algorithm"] == "none"


@pytest.mark.parametrize("kafka", [{}, SASL])
def test_librdkafka_accepts_the_configuration(kafka: dict[str, object]) -> None:
    settings = load_settings(
        kafka={"bootstrap_servers": "127.0.0.1:1", "producer_overrides": {"batch.size": 9}} | kafka
    )
    # Either raises for a property it doesn't know or can't accept.
    Producer({**producer_config(settings), "log_level": 0}).flush(0)
    Consumer({**consumer_config(settings, group="g"), "log_level": 0}).close()


@pytest.mark.parametrize(
    ("name", "least", "most", "beyond"),
    [
        ("session_timeout_seconds", 0.003, 3_600, 3_601),
        ("heartbeat_seconds", 0.001, 1_200, 1e308),
        ("max_poll_seconds", 0.001, 86_400, 86_401),
        ("request_timeout_seconds", 0.01, 300, 301),
        ("linger_ms", 0, 299_999, 300_000),
        ("fetch_wait_ms", 1, 60_000, 60_001),
    ],
)
def test_what_the_settings_allow_librdkafka_takes(
    name: str, least: float, most: float, beyond: float
) -> None:
    for value in (least, most):
        beside = {"session_timeout_seconds": 3_600.0, "heartbeat_seconds": 0.001}
        servers = {"bootstrap_servers": "127.0.0.1:1"}
        settings = load_settings(kafka=servers | beside | {name: value})
        Producer({**producer_config(settings), "log_level": 0}).flush(0)
        Consumer({**consumer_config(settings, group="g"), "log_level": 0}).close()
    with pytest.raises(BadSettingsError, match="less than"):
        load_settings(kafka={name: beyond})


def test_every_property_that_librdkafka_refuses_is_told_at_once() -> None:
    overrides = {
        "no.such.property": 1,
        "nor.this": 2,
        "linger.ms": "soon",
        "acks": 1,
        "error_cb": "words",
        "logger": "words",
        "batch.size": 1000,
        "retry.backoff.max.ms": 20,  # too little for the default of retry.backoff.ms, alone
        "retry.backoff.ms": 10,
    }
    with pytest.raises(BadSettingsError) as caught:
        load_settings(kafka={"producer_overrides": overrides})
    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 6
    assert "NEXTBEST_KAFKA__PRODUCER_OVERRIDES: No such configuration property" in told
    assert "no.such.property" in told
    assert "nor.this" in told
    assert "linger.ms: Invalid value" in told
    assert "`acks` must be set to `all`" in told
    assert "error_cb" in told
    assert "logger can't be set here" in told


def test_a_producer_is_idempotent_and_overrides_win() -> None:
    settings = load_settings(kafka={"linger_ms": 1, "producer_overrides": {"linger.ms": 50}})
    config = producer_config(settings)
    assert config["enable.idempotence"] is True
    assert config["acks"] == "all"
    assert config["linger.ms"] == 50


def test_groups_carry_the_namespace() -> None:
    config = consumer_config(load_settings(namespace="t1."), group="nextbest-sender")
    assert config["group.id"] == "t1.nextbest-sender"
    assert config["enable.auto.commit"] is False


def test_the_context_for_aiokafka() -> None:
    assert ssl_context(load_settings().kafka) is None
    context = ssl_context(load_settings(kafka={"security_protocol": "SSL"}).kafka)
    assert context is not None
    assert context.check_hostname


def test_librdkafka_logs_through_our_logging(caplog: pytest.LogCaptureFixture) -> None:
    settings = load_settings(kafka={"bootstrap_servers": "127.0.0.1:1"})
    producer = Producer(producer_config(settings))
    deadline = time.monotonic() + 20
    while not caplog.records and time.monotonic() < deadline:
        producer.poll(0.1)
    assert {record.name for record in caplog.records} == {"librdkafka"}
    assert "Connection refused" in caplog.text
