"""How much a recommender keeps, and how it weighs what it sees."""

from dataclasses import dataclass
from math import inf

REPEATS = 20
"""Most items of a session that may be recommended again: the most recent ones."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The sizes and weights of a recommender; one set for all shops.

    Attributes:
        items: Most items of which anything is kept; the one unseen for longest goes first.
        sessions: Most sessions kept to compare with; the one without events for longest goes first.
        session_items: Events kept of one session, the last ones.
        teaching: Events of one session that teach anything; what goes on longer is no shopper.
        postings: Sessions kept of one item, the last ones it was in.
        followers: Most items kept of those that followed one item.
        reach: Distinct items of the session that are looked up, the last ones.
        fading: What an item of the session weighs, against the one after it; above 0, at most 1.
        neighbours: Most alike sessions that recommend something.
        window: How many events before and after the shared item an alike session recommends.
        memory: After so many events an event weighs 1/e for popularity.
    """

    items: int = 200_000
    sessions: int = 200_000
    session_items: int = 50
    teaching: int = 200
    postings: int = 60
    followers: int = 64
    reach: int = 5
    fading: float = 0.75
    neighbours: int = 60
    window: int = 8
    memory: float = 1e6

    def __post_init__(self) -> None:
        counts = (
            *(self.items, self.sessions, self.session_items, self.teaching, self.postings),
            *(self.followers, self.reach, self.neighbours, self.window),
        )
        if min(counts) < 1:
            raise ValueError("every number of things kept must be 1 or more")
        if not 0.0 < self.fading <= 1.0:
            raise ValueError("fading must be above 0 and at most 1")
        if not 1.0 <= self.memory < inf:
            raise ValueError("memory must be 1 or more events")
