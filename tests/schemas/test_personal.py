"""Which records count as personal, by where they stand and what they begin as."""

import pytest

from schemas import library
from schemas.codec import Codec
from schemas.personal import is_personal
from schemas.registry import BundledRegistry
from schemas.topics import Topology
from tests.schemas.samples import sample

CODEC = Codec(BundledRegistry())
TOPOLOGY = Topology("shop.")


@pytest.mark.parametrize("topic", ["shop.journal", "shop.outcomes", "shop.catalog"])
@pytest.mark.parametrize("name", library.record_names())
def test_outside_their_topic_personal_records_are_known_by_their_schema_id(
    name: str, topic: str
) -> None:
    unreadable = b"\0" + library.current(name).schema_id.to_bytes(4, "big") + b"\xff"
    assert is_personal(CODEC, TOPOLOGY, topic, unreadable) is (name in {"profile", "contact"})


@pytest.mark.parametrize("value", [None, b"", b"{}", CODEC.encode("browse", sample("browse"))])
def test_whatever_stands_among_profiles_is_personal(value: bytes | None) -> None:
    assert is_personal(CODEC, TOPOLOGY, "shop.events.profile", value)
    assert not is_personal(CODEC, TOPOLOGY, "shop.events.browse", value)
