"""One step: what a journal record or a due timer does to one subscriber.

A step is handed the profile to change in place and collects here whatever must leave or be stored
beside it. It does no I/O and reads no clock. The lane that runs it commits profile, contact,
timers, offset and outbox together.
"""

from typing import TYPE_CHECKING, Any

import msgspec

from schemas.keys import ANONYMOUS_PREFIX

if TYPE_CHECKING:
    from models.audience.verdict import Ask
    from models.offers.desk import Desk

Record = dict[str, Any]
"""A decoded Avro record."""


Noticed = tuple[str, str, str]


class Step(msgspec.Struct, gc=False):
    """The surroundings and the effects of one step on one subscriber.

    Attributes:
        subscriber: The journal key: a subscriber id, or `anon:` and an anonymous id.
        now_ms: The time it is, epoch milliseconds: the wall clock's or the driven clock's.
        contact: The stored contact record, or None; loaded only for records that may change it.
            Assign a new dict with `put_contact` to store it.
        offers_spent: Whether what offers may take off in a week is taken off; see
            `models.offers.budget`.
        codes: The partition's single-use codes; None where there are none. See `models.offers`.
        ask: What the last decision of this step would ask, or asked, of what the person is likely
            to do next; None before there is one.
        discount: What an offer took off, in the shop's currency, and when, epoch milliseconds; of
            a record, not of a timer.
        timers: Timer name to due time in epoch milliseconds; None cancels. A name holds no
            control characters.
        waits: Entries of the waiting list (`models.waiting.wait`) to whether the subscriber is
            listed there from now on.
        noticed: What is counted beside: its kind, a name, and what of it; see `models.audience`.
        emitted: Record name (`decision`, `outcome`, `merge`, …) and record, in order; each leaves
            through the outbox after the commit.
    """

    subscriber: str
    now_ms: int
    contact: Record | None = None
    contact_changed: bool = False
    offers_spent: bool = False
    codes: "Desk | None" = None
    discount: tuple[float, int] = (0.0, 0)
    timers: dict[str, int | None] = {}  # a new one each, as msgspec has it
    emitted: list[tuple[str, Record]] = []
    waits: dict[str, bool] = {}
    noticed: list[Noticed] = []
    ask: "Ask | None" = None

    @property
    def anonymous(self) -> bool:
        """Whether it isn't known who the subscriber is."""
        return self.subscriber.startswith(ANONYMOUS_PREFIX)

    def set_timer(self, name: str, due_ms: int) -> None:
        """Have `name` fall due at `due_ms`, replacing an earlier due time of the same name."""
        self.timers[name] = due_ms

    def cancel_timer(self, name: str) -> None:
        """Forget the timer `name`; unknown names are fine."""
        self.timers[name] = None

    def list_wait(self, entry: str) -> None:
        """Have the subscriber stand in the partition's waiting list under `entry`."""
        self.waits[entry] = True

    def unlist_wait(self, entry: str) -> None:
        """Take the subscriber off the waiting list under `entry`; not standing there is fine."""
        self.waits[entry] = False

    def emit(self, record_name: str, record: Record) -> None:
        """Have a record leave through the outbox, to the topic its name is declared for."""
        self.emitted.append((record_name, record))

    def put_contact(self, contact: Record) -> None:
        """Store a new contact record for the subscriber."""
        self.contact = contact
        self.contact_changed = True
