"""Profiles as bytes: one version byte, then MessagePack arrays by position.

Fields appended since the bytes were written get their defaults, so an older profile reads as it
is; anything else has a version of its own. No pickle: numbers, names and flags only.
"""

import msgspec

from models.errors import ProfileBytesError
from models.person.profile import VERSION, Profile

_HEAD = bytes([VERSION])
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Profile)


def encode(profile: Profile) -> bytes:
    """The profile's stored form; the same profile gives the same bytes.

    Lists and dicts got from the profile before are not part of it any more: get them again.
    """
    profile.close_past()
    return _HEAD + _encoder.encode(profile)


def decode(data: bytes) -> Profile:
    """The profile that `encode` made the bytes from.

    Raises:
        ProfileBytesError: Of another version, truncated, or not a profile.
    """
    if data[:1] != _HEAD:
        raise _unreadable(data)
    try:
        return _decoder.decode(memoryview(data)[1:])
    except msgspec.MsgspecError as error:
        raise ProfileBytesError(
            f"a stored profile of {len(data)} bytes is damaged: {error}. "
            "Restore the state store, or rebuild it by replaying the journal."
        ) from error


def _unreadable(data: bytes) -> ProfileBytesError:
    if data and data[0] > VERSION:
        return ProfileBytesError(
            f"a stored profile has encoding version {data[0]}, this release knows up to {VERSION}. "
            "Run the release that wrote it, or a newer one."
        )
    if data and data[0]:
        return ProfileBytesError(
            f"a stored profile has encoding version {data[0]}, this release reads {VERSION} only. "
            "Run the release that wrote it, or rebuild the state by replaying the journal."
        )
    return ProfileBytesError(
        f"a stored profile of {len(data)} bytes has no known version byte. "
        "Restore the state store, or rebuild it by replaying the journal."
    )
