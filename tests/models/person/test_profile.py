import json

from models.person.profile import new_profile, readable
from tests.models.typical import typical_life


def test_people_can_read_a_profile_without_its_hashes() -> None:
    profile = typical_life().profile
    plain = readable(profile)
    json.dumps(plain)
    assert "dedupe" not in plain
    assert "kept_past" not in plain
    assert plain["messages"][0]["arm"] == profile.messages[0].arm
    assert plain["consent"]["marketing"]["granted"] is True
    assert {wait["kind"] for wait in plain["waits"]} <= {"price_drop", "new_arrival"}
    assert {len(decision) for order in plain["orders"] for decision in order["decisions"]} == {32}


def test_becoming_another_takes_over_both_parts() -> None:
    profile, other = new_profile(), typical_life().profile
    profile.reads = b"\x03"
    messages = list(other.messages)
    profile.become(other)
    assert profile.messages == messages
    assert 3 not in profile.reads
    profile.become(new_profile())
    assert profile == new_profile()
    assert profile.messages == []
