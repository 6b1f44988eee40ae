"""The sessions that are kept to compare others with, each with its last events."""

import msgspec

from models.recommend.settings import Settings


class Session(msgspec.Struct, array_like=True):
    """What is kept of one session.

    Attributes:
        number: Its own, never given twice.
        events: All it has had.
        items: Its last events, oldest first.
    """

    number: int
    events: int = 0
    items: list[str] = []


class SessionsState(msgspec.Struct, array_like=True):
    """All sessions as stored, the one without events for longest first."""

    keys: list[str]
    sessions: list[Session]
    next_number: int


class Sessions:
    """A bounded store of sessions.

    Args:
        settings: Its sizes.

    Attributes:
        items: By number, the last events of each session kept.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._next = 1
        self._by_key: dict[str, Session] = {}
        self.items: dict[int, list[str]] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: str) -> Session | None:
        """The session of that key, if it is kept."""
        return self._by_key.get(key)

    def seen(self, key: str) -> Session:
        """The session of that key, begun if it is new; it counts as just seen."""
        session = self._by_key.pop(key, None)
        if session is None:
            session = Session(self._next)
            self._next += 1
            if len(self._by_key) >= self._settings.sessions:
                oldest = self._by_key.pop(next(iter(self._by_key)))
                del self.items[oldest.number]
            self.items[session.number] = session.items
        self._by_key[key] = session
        return session

    def append(self, session: Session, item: str) -> None:
        """Note its next event."""
        session.events += 1
        session.items.append(item)
        if len(session.items) > self._settings.session_items:
            del session.items[0]

    def state(self) -> SessionsState:
        """All of it, to be stored."""
        return SessionsState(list(self._by_key), list(self._by_key.values()), self._next)

    def restore(self, state: SessionsState) -> None:
        """Take on what was stored.

        Raises:
            ValueError: The parts don't fit together.
        """
        self._by_key = dict(zip(state.keys, state.sessions, strict=True))
        self.items = {session.number: session.items for session in state.sessions}
        self._next = state.next_number
        if not len(state.sessions) == len(self._by_key) == len(self.items):
            raise ValueError("a session is stored twice")
        if len(self.items) > self._settings.sessions:
            raise ValueError("more sessions than the settings allow")
        if any(not 0 < number < self._next for number in self.items):
            raise ValueError("a session's number is out of range")
        if any(len(items) > self._settings.session_items for items in self.items.values()):
            raise ValueError("more events of a session than the settings allow")
