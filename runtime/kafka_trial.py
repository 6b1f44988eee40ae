"""Whether librdkafka takes the operator's own properties, found out before anything connects."""

from typing import Any

from runtime.kafka_config import producing
from runtime.setting_groups import KafkaSettings

_OURS = frozenset({"logger"})
"""Properties of the Python client that only code can give."""
_TOGETHER = "Failed to create producer: "
"""Begins librdkafka's words on properties that don't fit together, each being right."""


def refused_properties(kafka: KafkaSettings) -> list[str]:
    """Say which of `producer_overrides` librdkafka refuses, and why; empty where none is.

    Each is tried alone, since librdkafka tells of the first only; then all that are right together
    with what we set ourselves.
    """
    overrides = kafka.producer_overrides
    if not overrides:
        return []
    told, right = [], {}
    for name, value in overrides.items():
        why = f"{name} can't be set here" if name in _OURS else _refusal({name: value})
        if why is None or why.startswith(_TOGETHER):
            right[name] = value
        else:
            told.append(why if name in why else f"{name}: {why}")
    together = _refusal({**producing(kafka), **right})
    if together is not None:
        told.append(together.removeprefix(_TOGETHER))
    return told


def _refusal(properties: dict[str, Any]) -> str | None:
    # Here, so that only those who set such properties load the client with the settings.
    from confluent_kafka import KafkaException, Producer  # noqa: PLC0415

    try:
        # Without servers: nothing is connected to. Silent: what is wrong is told by us.
        Producer({**properties, "log_level": 0})
    except KafkaException as error:
        return str(error.args[0].str())
    except (TypeError, ValueError, AttributeError) as error:  # given to Python, not to librdkafka
        return str(error)
    return None
