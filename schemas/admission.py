"""What is let in, to journal and catalog: what decodes, stands in its topic and makes sense."""

from schemas.checks import check_event, check_product
from schemas.codec import Codec, Record
from schemas.errors import DeadLetterError, RetryError
from schemas.keys import subscriber_key
from schemas.topics import Topology


class WrongTopicError(DeadLetterError):
    """A record stands in a topic that is declared for another."""

    def __init__(self, name: str, topic: str) -> None:
        super().__init__("wrong_topic", f"a {name} record does not belong into {topic}")


class UnreadCatalogError(RetryError):
    """The catalog can't be read to its end: no record came for a while."""

    def __init__(self, topic: str, silent_seconds: float, records: int) -> None:
        super().__init__(
            f"the catalog topic {topic} could not be read to its end: nothing came for "
            f"{silent_seconds:g} s, after {records} records. Check that its brokers answer."
        )
        self.records = records


def admit(
    codec: Codec, topology: Topology, topic: str, value: bytes | None, now_ms: int
) -> tuple[str, Record, str]:
    """Decode and check a record of an events topic.

    Args:
        codec: Decodes it.
        topology: Says which record belongs into the topic.
        topic: The topic's full name.
        value: The record's value.
        now_ms: The present, epoch milliseconds, to tell events from the future.

    Returns:
        The record's name, the event, and the key of the person it is about.

    Raises:
        DeadLetterError: It can't be applied; the reason says why.
        RetryError: The schema registry can't be asked right now.
    """
    name, event = codec.decode(value)
    if topology.declared(topic).record != name:
        raise WrongTopicError(name, topic)
    check_event(name, event, now_ms)
    return name, event, subscriber_key(event)


def admit_product(codec: Codec, topology: Topology, value: bytes, currency: str) -> Record:
    """Decode and check a record of the catalog topic.

    Args:
        codec: Decodes it.
        topology: Names the topic.
        value: The record's value.
        currency: The shop's; see `schemas.checks.check_product`.

    Raises:
        DeadLetterError: It can't be taken over; the reason says why.
        RetryError: The schema registry can't be asked right now.
    """
    name, product = codec.decode(value)
    if name != "catalog":
        raise WrongTopicError(name, topology.name("catalog"))
    check_product(product, currency)
    return product
