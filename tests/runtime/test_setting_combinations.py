"""Settings that must fit together: told with whatever else is wrong, wherever they can be."""

from pathlib import Path
from typing import Any

import pytest

from runtime.settings import BadSettingsError, load_settings

HERE = str(Path(__file__))
"""A file that is there, and no PEM."""


def problems_of(**overrides: Any) -> list[str]:
    with pytest.raises(BadSettingsError) as caught:
        load_settings(**overrides)
    return [problem.replace("NEXTBEST_", "") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("group", "values", "said"),
    [
        (
            "kafka",
            {"security_protocol": "SASL_SSL"},
            "also needs KAFKA__SASL_MECHANISM, KAFKA__SASL_USERNAME, KAFKA__SASL_PASSWORD",
        ),
        ("kafka", {"sasl_username": "u"}, "choose SASL_SSL or SASL_PLAINTEXT"),
        ("kafka", {"ssl_cafile": HERE}, "choose SSL or SASL_SSL"),
        (
            "kafka",
            {"security_protocol": "SSL", "ssl_certfile": HERE},
            "KAFKA__SSL_CERTFILE also needs KAFKA__SSL_KEYFILE",
        ),
        ("kafka", {"security_protocol": "SSL", "ssl_cafile": HERE}, "holds no PEM certificates"),
        (
            "kafka",
            {"security_protocol": "SSL", "ssl_certfile": HERE, "ssl_keyfile": HERE},
            "no PEM certificate with its key",
        ),
        ("kafka", {"heartbeat_seconds": 5.0}, "a third of KAFKA__SESSION_TIMEOUT_SECONDS = 10"),
        ("redis", {"ssl_keyfile": HERE}, "REDIS__SSL_KEYFILE also needs REDIS__SSL_CERTFILE"),
        ("redis", {"ssl_ca_certs": HERE}, "of no use while no URL starts with rediss://"),
        ("sender", {"smtp_username": "u"}, "also needs SENDER__SMTP_PASSWORD"),
        ("sender", {"smtp_password": "p"}, "also needs SENDER__SMTP_USERNAME"),
        ("sender", {"smtp_tls": True, "starttls": "required"}, "exclude each other"),
        ("sender", {"smtp_cafile": HERE}, "holds no PEM certificates"),
    ],
)
def test_combinations_that_cannot_work_are_told(
    group: str, values: dict[str, object], said: str
) -> None:
    assert any(said in problem for problem in problems_of(**{group: values}))


def test_combinations_are_told_with_values_that_are_wrong() -> None:
    told = problems_of(
        clock="sundial",
        kafka={
            "journal_partitions": 0,
            "linger": 3,
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "NOPE",
            "ssl_certfile": "/nowhere",
            "heartbeat_seconds": 9,
        },
        redis={"timeout_seconds": -1, "ssl_certfile": HERE},
        sender={"smtp_port": -1, "smtp_username": "u", "smtp_tls": True, "starttls": "required"},
    )
    assert [problem.partition(" ")[0] for problem in told] == [
        "CLOCK",
        "KAFKA__SASL_MECHANISM",
        "KAFKA__SSL_CERTFILE",
        "KAFKA__JOURNAL_PARTITIONS",
        "kafka.linger",
        "REDIS__TIMEOUT_SECONDS",
        "SENDER__SMTP_PORT",
        "KAFKA__SECURITY_PROTOCOL",  # also needs user and password; the mechanism was given
        "KAFKA__SSL_CERTFILE",  # also needs the key
        "KAFKA__HEARTBEAT_SECONDS",
        "REDIS__SSL_CERTFILE",
        "REDIS__SSL_CERTFILE:",
        "SENDER__SMTP_USERNAME",
        "SENDER__SMTP_TLS",
    ]
    assert told[7].endswith("also needs KAFKA__SASL_USERNAME, KAFKA__SASL_PASSWORD")


@pytest.mark.parametrize(
    "kafka",
    [
        {"security_protocol": "NOPE", "sasl_username": "u", "ssl_cafile": HERE},
        {"session_timeout_seconds": -1, "heartbeat_seconds": 9},
    ],
)
def test_nothing_is_said_where_a_needed_value_is_wrong(kafka: dict[str, object]) -> None:
    told = problems_of(kafka=kafka)
    assert not [problem for problem in told if "third" in problem or "choose" in problem]
    assert not any(str(value) in problem for problem in told for value in ("10", "PLAINTEXT "))
