"""One thing that a person waits for, and its name in the partition's waiting list."""

from typing import Final

import msgspec

from models.programme.flow_events import Trigger

SEPARATOR = "\x1f"
"""Between the parts of a member of the waiting list; no id that passes the checks holds one."""

REACHABLE: Final = "reach"
"""The entry under which everybody stands who can be mailed: whom a campaign reaches."""
_CODES: Final = {Trigger.BACK_IN_STOCK: "s", Trigger.PRICE_DROP: "p", Trigger.NEW_ARRIVAL: "n"}
_TRIGGERS: Final = {code: trigger for trigger, code in _CODES.items()}


class Wait(msgspec.Struct, array_like=True, gc=False):
    """Something that a person waits for.

    Attributes:
        code: Stands for the kind of flow that tells of it, in one letter.
        about: A product's id; of a new arrival its category.
        since_ms: When the waiting began, epoch milliseconds.
        price: The price at which the product was wanted, in the shop's currency; 0 where it
            doesn't matter.
    """

    code: str
    about: str
    since_ms: int
    price: int | float = 0

    @classmethod
    def of(cls, kind: Trigger, about: str, since_ms: int, price: float = 0) -> "Wait":
        """A wait of a kind that is waited for (`models.programme.flow_events.WAITED_FOR`)."""
        return cls(_CODES[kind], about, since_ms, int(price) if price == int(price) else price)

    @property
    def kind(self) -> Trigger:
        """What is waited for, as the trigger is called."""
        return _TRIGGERS[self.code]

    def readable(self) -> dict[str, str | float]:
        """It by name, its kind in words, for people to look at."""
        named = {"kind": self.kind.value, "about": self.about}
        return {**named, "since_ms": self.since_ms, "price": self.price}

    @property
    def entry(self) -> str:
        """Its entry in the waiting list."""
        return entry_of(self.kind, self.about)


def entry_of(kind: str, about: str) -> str:
    """What everybody who waits for the same thing has in common."""
    return f"{kind}{SEPARATOR}{about}"


def split_entry(entry: str) -> tuple[str, str]:
    """Kind and about of an entry."""
    kind, _, about = entry.partition(SEPARATOR)
    return kind, about
