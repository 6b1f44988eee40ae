import msgspec
import pytest

from models.decision.features import ARM, NAMES
from models.errors import ProfileBytesError
from models.person import encoding
from models.person.past import Consent, Message, Past
from models.person.profile import VERSION, Profile, new_profile
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life, product
from tests.models.typical import typical_life


def test_what_is_encoded_comes_back() -> None:
    profile = typical_life().profile
    data = encoding.encode(profile)
    again = encoding.decode(data)
    assert again == profile
    assert again.messages
    assert again.pending
    assert encoding.encode(again) == data


def test_the_part_kept_apart_is_written_back_when_it_was_changed() -> None:
    profile = new_profile()
    profile.consent["marketing"] = Consent(granted=True, at_ms=5)
    profile.messages.append(Message("0123", "reminder/none", "cart", 1, 2))
    again = encoding.decode(encoding.encode(profile))
    assert again.consent == {"marketing": Consent(granted=True, at_ms=5)}
    assert [m.decision for m in again.messages] == ["0123"]


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_typical_subscriber_with_a_model_of_their_own_stays_small(seed: int) -> None:
    profile = typical_life(seed).profile
    assert len(profile.messages) >= 4
    assert {"mail", "type:reminder"} <= profile.weights.keys()
    assert all(len(pending.features) == len(NAMES) for pending in profile.pending)
    assert all(len(pending.about_arm) == len(ARM) for pending in profile.pending)
    assert len(profile.pending) >= 2
    assert len(profile.categories) >= 5
    assert profile.browses >= 60
    assert profile.past().intent is not None
    assert profile.segments
    assert len(encoding.encode(profile)) <= 2_048


def test_a_newer_version_says_so() -> None:
    data = bytes([VERSION + 1]) + encoding.encode(new_profile())[1:]
    with pytest.raises(ProfileBytesError, match=f"version {VERSION + 1}"):
        encoding.decode(data)


def test_an_older_version_says_so() -> None:
    data = bytes([VERSION - 1]) + encoding.encode(new_profile())[1:]
    with pytest.raises(ProfileBytesError, match=f"version {VERSION - 1}, .* reads {VERSION} only"):
        encoding.decode(data)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00abc"])
def test_what_is_no_profile_says_so(data: bytes) -> None:
    with pytest.raises(ProfileBytesError, match="version byte"):
        encoding.decode(data)


def test_truncated_bytes_say_so() -> None:
    data = encoding.encode(typical_life().profile)
    for length in (1, 2, 100, len(data) - 1):
        with pytest.raises(ProfileBytesError, match="damaged"):
            encoding.decode(data[:length])


def test_a_damaged_past_says_so() -> None:
    profile = Profile(kept_past=b"\xc1")
    with pytest.raises(ProfileBytesError, match="damaged"):
        profile.past()


def test_fields_appended_since_get_their_defaults() -> None:
    profile = new_profile()
    profile.browses = 7
    fields = msgspec.msgpack.decode(encoding.encode(profile)[1:])
    older = bytes([VERSION]) + msgspec.msgpack.encode(fields[:20])
    again = encoding.decode(older)
    assert again.browses == 7
    assert again.armed == {}
    assert again.messages == []


def test_no_personal_data_is_in_the_bytes() -> None:
    life = Life().reachable()
    life.happens(
        "profile",
        NOON_MS,
        address="jane.doe@example.org",
        locale="de-DE",
        attributes={"first_name": "Jane"},
    )
    data = encoding.encode(life.profile)
    assert b"jane" not in data.lower()
    assert b"example.org" not in data
    assert b"de-DE" in data


def test_a_browse_does_not_open_the_part_kept_apart() -> None:
    life = Life().reachable()
    life.world.catalog.put(product("tent-1"))
    life.world.catalog.put(product("tent-2"))
    life.happens("browse", NOON_MS, product_id="tent-1")
    life.profile = encoding.decode(encoding.encode(life.profile))
    life.happens("browse", NOON_MS + HOUR_MS, product_id="tent-2")
    assert isinstance(life.profile.kept_past, bytes)
    life.happens("purchase", NOON_MS + DAY_MS, total=5.0)
    assert isinstance(life.profile.kept_past, Past)
