"""The states of a decision in the ledger and the moves between them: all there are. Pure.

    none, released ──claim──► claimed ──result──► accepted, rejected, …
          ▲                      │ │
          └──────release─────────┘ ├──give up──► unknown ──result──► accepted
                                   └──doubt────► doubted ──claim──► reclaimed ──result──► …
                                                   ▲                    │ │
                                                   └──────release───────┘ └──give up──► unknown

`doubted` and `reclaimed` are only of decisions that may be sent once more where nobody knows what
became of the first mail; nothing leads back from them to `claimed`, so there is no third.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """What the ledger says of a decision."""

    NONE = "none"
    """No entry: nobody ever claimed or ended it. Never stored."""
    RELEASED = "released"
    """A claim was given back: nothing was sent."""
    CLAIMED = "claimed"
    """A process may be handing it over at this moment, or died doing so."""
    DOUBTED = "doubted"
    """Nobody knows whether it was sent, and it may be sent once more."""
    RECLAIMED = "reclaimed"
    """As `claimed`, for the second and last time."""
    UNKNOWN = "unknown"
    """Nobody knows whether it was sent, and it won't be again."""
    ENDED = "ended"
    """Stands for every other `delivery` status: `accepted`, `rejected`, `expired` …"""


class Move(StrEnum):
    """What processes do to an entry."""

    CLAIM = "claim"
    RELEASE = "release"
    """The owner gives a claim back: a server said not now."""
    RESULT = "result"
    """The owner records how it ended."""
    REFUSE = "refuse"
    """A decision ends without being sent now."""
    DOUBT = "doubt"
    """A claim saw no result, and may be claimed once more."""
    GIVE_UP = "give up"
    """A claim saw no result, and that is its end."""


class Whose(StrEnum):
    """Whose entry a move may replace."""

    ANYBODYS = "anybody's"
    OWN = "own"
    """The entry's owner is the one that the new entry names."""
    THIS = "this"
    """Exactly the entry that was seen: its owner may have moved on since."""


@dataclass(frozen=True, slots=True)
class Way:
    """From one state to another."""

    origin: State
    whose: Whose
    target: State


TABLE: Final[Mapping[Move, tuple[Way, ...]]] = {
    Move.CLAIM: (
        Way(State.NONE, Whose.ANYBODYS, State.CLAIMED),
        Way(State.RELEASED, Whose.THIS, State.CLAIMED),
        Way(State.DOUBTED, Whose.THIS, State.RECLAIMED),
    ),
    Move.RELEASE: (
        Way(State.CLAIMED, Whose.OWN, State.RELEASED),
        Way(State.RECLAIMED, Whose.OWN, State.DOUBTED),
    ),
    # Its finder may have given up or doubted the claim before its owner learned how it ended.
    Move.RESULT: (
        Way(State.CLAIMED, Whose.OWN, State.ENDED),
        Way(State.CLAIMED, Whose.OWN, State.UNKNOWN),
        Way(State.RECLAIMED, Whose.OWN, State.ENDED),
        Way(State.RECLAIMED, Whose.OWN, State.UNKNOWN),
        Way(State.UNKNOWN, Whose.OWN, State.ENDED),
        Way(State.DOUBTED, Whose.OWN, State.ENDED),
        Way(State.RELEASED, Whose.OWN, State.ENDED),
    ),
    # What was claimed once ends in its claimant's name: a server may have seen it. A claim of one's
    # own stands there where the store wrote it and didn't answer.
    Move.REFUSE: (
        Way(State.NONE, Whose.ANYBODYS, State.ENDED),
        Way(State.RELEASED, Whose.OWN, State.ENDED),
        Way(State.CLAIMED, Whose.OWN, State.ENDED),
        Way(State.DOUBTED, Whose.OWN, State.UNKNOWN),
        Way(State.RECLAIMED, Whose.OWN, State.UNKNOWN),
    ),
    Move.DOUBT: (Way(State.CLAIMED, Whose.THIS, State.DOUBTED),),
    Move.GIVE_UP: (
        Way(State.CLAIMED, Whose.THIS, State.UNKNOWN),
        Way(State.RECLAIMED, Whose.THIS, State.UNKNOWN),
    ),
}
"""Every move from every state in which it is possible. Anything else leaves the entry as it is."""

CLAIMS: Final = frozenset({State.CLAIMED, State.RECLAIMED})
OPEN: Final = CLAIMS | {State.RELEASED, State.DOUBTED}
"""States that are no ending: stored under these names, everything else is a `delivery` status."""
NO_OWNER: Final = "-"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger says of a decision.

    Attributes:
        state: A `State`'s name, or the `delivery` status that it ended with.
        owner: The attempt that claimed it last; `-` where nothing ever was.
        at_ms: When the state was reached, by the pipeline's clock, epoch milliseconds.
        code: The SMTP reply code, 0 where there was none.
        enhanced: The enhanced status code (RFC 3463), or empty.
        bounce: `hard` where the reply said that there is no such mailbox, else empty.
    """

    state: str
    owner: str
    at_ms: int
    code: int = 0
    enhanced: str = ""
    bounce: str = ""

    @property
    def claimed(self) -> bool:
        """Whether it was ever claimed: then a server may have seen the mail."""
        return self.owner != NO_OWNER

    @property
    def final(self) -> bool:
        """Whether nothing more may leave for this decision."""
        return self.state not in OPEN

    def encode(self) -> str:
        """The stored form."""
        told = [self.enhanced or "-", self.bounce or "-"] if self.enhanced or self.bounce else []
        return " ".join([self.state, self.owner, str(self.at_ms), str(self.code), *told])

    @classmethod
    def decode(cls, data: bytes) -> "Entry":
        """From the stored form."""
        state, owner, at_ms, code, *told = data.decode().split(" ")
        return cls(state, owner, int(at_ms), int(code), *("" if t == "-" else t for t in told))


def state_of(entry: Entry | None) -> State:
    """Which state an entry, or its absence, is."""
    if entry is None:
        return State.NONE
    if entry.state in OPEN or entry.state == State.UNKNOWN:
        return State(entry.state)
    return State.ENDED


def target_of(move: Move, seen: Entry | None) -> State | None:
    """Where a move leads from an entry; None where it isn't possible from there."""
    origin = state_of(seen)
    return next((way.target for way in TABLE[move] if way.origin is origin), None)


def replaceable(move: Move, wanted: Entry, seen: Entry | None = None) -> tuple[str, ...]:
    """What `wanted` may replace in the store by a move: whole entries, or "state owner".

    No entry at all may always be replaced. A repeat finds `wanted` itself there already.

    Args:
        move: What is done.
        wanted: The new entry.
        seen: The entry that the mover saw, for moves from exactly that one.
    """
    found, target = [wanted.encode()], state_of(wanted)
    for way in TABLE[move]:
        if way.target is not target:
            continue
        if way.whose is Whose.OWN and wanted.claimed:
            found.append(f"{way.origin} {wanted.owner}")
        elif way.whose is Whose.THIS and seen is not None and state_of(seen) is way.origin:
            found.append(seen.encode())
    return tuple(found)
