"""The sessions that are kept to compare others with, each with its last events."""

from collections.abc import Iterator

import msgspec

from models.recommend.settings import Settings


class Session(msgspec.Struct, array_like=True, gc=False):
    """What is kept of one session.

    Attributes:
        number: Its own, never given twice.
        events: All it has had.
        items: Its last events, oldest first.
    """

    number: int
    events: int = 0
    items: list[str] = []


class Sessions:
    """A bounded store of sessions.

    Args:
        settings: Its sizes.

    Attributes:
        by_key: All that are kept.
        items: By number, the last events of each session kept.
        next_number: The number that the next session gets.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.next_number = 1
        self.by_key: dict[str, Session] = {}
        self.items: dict[int, list[str]] = {}

    def __len__(self) -> int:
        return len(self.by_key)

    def get(self, key: str) -> Session | None:
        """The session of that key, if it is kept."""
        return self.by_key.get(key)

    def seen(self, key: str) -> Session:
        """The session of that key, begun if it is new; it counts as just seen."""
        session = self.by_key.pop(key, None)
        if session is None:
            session = Session(self.next_number)
            self.next_number += 1
            if len(self.by_key) >= self._settings.sessions:
                oldest = self.by_key.pop(next(iter(self.by_key)))
                del self.items[oldest.number]
            self.items[session.number] = session.items
        self.by_key[key] = session
        return session

    def append(self, session: Session, item: str) -> None:
        """Note its next event."""
        session.events += 1
        session.items.append(item)
        if len(session.items) > self._settings.session_items:
            del session.items[0]

    def rows(self) -> Iterator[tuple[str, Session]]:
        """All sessions by key, the one without events for longest first."""
        return iter(self.by_key.items())

    def restore(self, key: str, session: Session) -> None:
        """Take on a stored session; those without events for longest come first.

        Raises:
            ValueError: It makes no sense.
        """
        if key in self.by_key or session.number in self.items or session.number < 1:
            raise ValueError("a session is stored twice, or its number is out of range")
        if len(self.items) >= self._settings.sessions:
            raise ValueError("more sessions than the settings allow")
        if len(session.items) > self._settings.session_items:
            raise ValueError("more events of a session than the settings allow")
        self.by_key[key] = session
        self.items[session.number] = session.items

    def complete(self, next_number: int) -> None:
        """Take on the number that the next session has, once all are there.

        Raises:
            ValueError: A session has it already, or a later one.
        """
        if next_number < 1 or any(number >= next_number for number in self.items):
            raise ValueError("a session's number is out of range")
        self.next_number = next_number
