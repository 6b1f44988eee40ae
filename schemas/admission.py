"""What intake lets into the journal: records that decode, stand in their topic and make sense."""

from schemas.checks import check_event
from schemas.codec import Codec, Record
from schemas.errors import DeadLetterError
from schemas.keys import subscriber_key
from schemas.topics import Topology


class WrongTopicError(DeadLetterError):
    """A record stands in a topic that is declared for another."""

    def __init__(self, name: str, topic: str) -> None:
        super().__init__("wrong_topic", f"a {name} record does not belong into {topic}")


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
