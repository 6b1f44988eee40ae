"""Which records hold personal data, told of a record as it stands in a topic."""

from typing import Final

from schemas.codec import Codec
from schemas.topics import Topology

PERSONAL_RECORDS: Final = frozenset({"profile", "contact"})
"""The records with addresses and what people told about themselves; all others carry ids."""


def is_personal(codec: Codec, topology: Topology, topic: str, value: bytes | None) -> bool:
    """Tell whether a record that can't be applied has to be taken for personal.

    It is where it stands in the topic of profiles, whatever it is, and elsewhere where it says
    itself, by its schema id, that it is a personal record; it need not be readable beyond that.
    Bytes of neither kind can't be known to be personal. Ask after decoding: an id that only a
    schema registry knows is known by then.

    Args:
        codec: Which decoded the record, or failed to.
        topology: The topics' names.
        topic: The full name of the topic that the record stands in.
        value: Its value.
    """
    return topic == topology.for_record("profile") or codec.name_of(value) in PERSONAL_RECORDS
