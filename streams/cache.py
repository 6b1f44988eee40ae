"""Profiles a lane keeps in memory: least recently used ones go first, never in mid-batch."""

from collections import OrderedDict

import msgspec

from models.person.profile import Profile


class Entry(msgspec.Struct, gc=False):
    """A profile and its bytes as last committed; None where it was never stored."""

    profile: Profile
    stored: bytes | None


class ProfileCache:
    """A bounded map of subscriber key to profile.

    Args:
        capacity: Profiles kept after `trim`; at least 1.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = max(1, capacity)
        self._entries: OrderedDict[str, Entry] = OrderedDict()

    def __contains__(self, subscriber: str) -> bool:
        return subscriber in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, subscriber: str) -> Entry:
        """Return a profile known to be present, and mark it as just used.

        Raises:
            KeyError: It was not loaded.
        """
        entry = self._entries[subscriber]
        self._entries.move_to_end(subscriber)
        return entry

    def put(self, subscriber: str, entry: Entry) -> None:
        """Keep a profile."""
        self._entries[subscriber] = entry

    def trim(self) -> None:
        """Let the least recently used go until the capacity holds; call between batches."""
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
