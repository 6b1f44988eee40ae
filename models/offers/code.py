"""One single-use code: what it may look like, what may become of it, and how that is stored.

    free ──reserve──► reserved ──seen──► given ──redeem──► redeemed
      ▲                  │
      ├──── release ─────┘   only while nobody can have seen it
      │
      └─ load ◄─ withdrawn ◄─ withdraw   while free, or once released

From every state a purchase leads to `redeemed`, and nothing leads back to `free` but the release of
a reservation by the decision that made it, and loading anew what was withdrawn.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from models.errors import ProfileBytesError
from models.person.messages import FAILED, ID_CHARACTERS

FREE: Final = "f"
RESERVED: Final = "r"
GIVEN: Final = "g"
REDEEMED: Final = "x"
WITHDRAWN: Final = "w"

NEVER_MS: Final = 9_999_999_999_999
"""When a code expires that doesn't: the year 2286, thirteen digits like every time before it."""

LONGEST: Final = 40
"""Most characters of a code."""
RECORD_CODES: Final = 100
"""Most codes in one `codes` record: some hundred records are read and written in one batch."""

_LOOKS: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{3,{LONGEST - 1}}}")
_SEPARATOR: Final = "\x1f"


def wellformed(code: str) -> bool:
    """Whether a code can be one: 4 to 40 letters, digits, `-` and `_`, no sign at its start."""
    return _LOOKS.fullmatch(code) is not None


class Known(msgspec.Struct, array_like=True, frozen=True, gc=False, omit_defaults=True):
    """What a partition knows of a code.

    Attributes:
        state: `FREE`, `RESERVED`, `GIVEN`, `REDEEMED` or `WITHDRAWN`.
        offer: The offer it is of.
        expires_ms: From when it isn't redeemable, epoch milliseconds; `NEVER_MS` for never.
        decision: First 16 characters of the decision that reserved it last; empty before.
        at_ms: When that was, epoch milliseconds.
        withdraw: Reserved, and to be withdrawn should it be released.
    """

    state: str
    offer: str
    expires_ms: int
    decision: str = ""
    at_ms: int = 0
    withdraw: bool = False

    @property
    def expires(self) -> bool:
        """Whether it ever does."""
        return self.expires_ms < NEVER_MS


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Known)


def to_bytes(known: Known) -> bytes:
    """The stored form."""
    return _encode(known)


def from_bytes(data: bytes) -> Known:
    """What `to_bytes` wrote.

    Raises:
        ProfileBytesError: Damaged.
    """
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise ProfileBytesError(f"the state of a code is damaged: {error}") from error


def member(offer: str, expires_ms: int, code: str) -> str:
    """A free code's place among a partition's: by offer, then expiry, then code, as text sorts."""
    return f"{offer}{_SEPARATOR}{expires_ms:013d}{_SEPARATOR}{code}"


def place(stored: str) -> tuple[int, str]:
    """Expiry and code of a `member`."""
    _, expires_ms, code = stored.split(_SEPARATOR)
    return int(expires_ms), code


def span(offer: str, from_ms: int, until_ms: int = NEVER_MS + 1) -> tuple[str, str]:
    """The members of an offer that expire at `from_ms` or later and before `until_ms`.

    Returns:
        Lower bound, inclusive, and upper bound, exclusive.
    """
    head = f"{offer}{_SEPARATOR}"
    low, high = max(0, from_ms), max(0, until_ms)
    return f"{head}{low:013d}", f"{head}{high:013d}" if high <= NEVER_MS else f"{head}:"


def reserved(known: Known, decision_id: str, at_ms: int) -> Known:
    """A free code, once a decision has taken it."""
    return msgspec.structs.replace(
        known, state=RESERVED, decision=decision_id[:ID_CHARACTERS], at_ms=at_ms
    )


class Ending(NamedTuple):
    """What became of a decision's mail that carries a code, as a `delivery` event tells.

    Attributes:
        at_ms: When that was, epoch milliseconds.
        seen: Whether somebody may have seen it: the mail was handed over or claimed for it, or the
            event doesn't say.
    """

    code: str
    decision_id: str
    at_ms: int
    seen: bool

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Ending | None":
        """From a `delivery` event; None where its mail carries no code."""
        if not event["code"]:
            return None
        seen = event["status"] not in FAILED or event["claimed"] is not False
        return cls(event["code"], event["decision_id"], event["occurred_at"], seen)


def ended(known: Known, ending: Ending) -> Known:
    """A code, once it is told what became of a mail that carries it.

    Whoever may have seen a code has it, whoever it is reserved for, even if it had gone back. What
    nobody can have seen goes back, if that mail's decision has it.
    """
    if known.state in (GIVEN, REDEEMED):
        return known
    if ending.seen:
        # Not reserved, it was in a state that got lost; it counts from about then.
        at_ms = known.at_ms if known.state == RESERVED else ending.at_ms
        return msgspec.structs.replace(known, state=GIVEN, at_ms=at_ms, withdraw=False)
    if known.state != RESERVED or known.decision != ending.decision_id[:ID_CHARACTERS]:
        return known
    state = WITHDRAWN if known.withdraw else FREE
    return msgspec.structs.replace(known, state=state, withdraw=False)


def withdrawn(known: Known) -> Known:
    """A code that is not to be given any more; one that somebody has, or may have, stays theirs."""
    if known.state == FREE:
        return msgspec.structs.replace(known, state=WITHDRAWN)
    return msgspec.structs.replace(known, withdraw=True) if known.state == RESERVED else known


def loaded_again(known: Known, expires_ms: int) -> Known:
    """A code that is loaded though it is known: what was withdrawn may be given again."""
    if known.state == WITHDRAWN:
        return Known(FREE, known.offer, expires_ms)
    return msgspec.structs.replace(known, withdraw=False) if known.withdraw else known


def redeemed(known: Known) -> Known:
    """A code, once an order was placed with it."""
    return msgspec.structs.replace(known, state=REDEEMED, withdraw=False)
