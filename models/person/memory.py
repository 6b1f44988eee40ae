"""What a profile remembers so that it can be taken back: orders, and its model's last lessons."""

from typing import Any

import msgspec

from models.step import Record

_ID_BYTES = 16


class Order(msgspec.Struct, array_like=True, gc=False):
    """An order that was counted, or a refund whose order hasn't come yet.

    Attributes:
        order: Stands for the order's id.
        at_ms: When it was placed; 0 while only a refund of it came.
        total: What is left of it, in the shop's currency; what to pay back while it hasn't come.
        discount: What is left of its discount; 0 takes a byte where 0.0 takes nine.
        decisions: The ids, 16 bytes each, of the decisions whose outcomes count it.
        credited: Which of them has the credit in reports; -1 for none.
        gone: Whether all of it was paid back: it doesn't count as an order any more.
    """

    order: bytes
    at_ms: int
    total: float
    discount: int | float = 0
    decisions: bytes = b""
    credited: int = -1
    gone: bool = False

    def deciders(self) -> list[str]:
        """The ids of the decisions whose outcomes count it."""
        places = range(0, len(self.decisions), _ID_BYTES)
        return [self.decisions[place : place + _ID_BYTES].hex() for place in places]

    def readable(self) -> dict[str, Any]:
        """All of it by name, for people to look at."""
        known: dict[str, Any] = msgspec.structs.asdict(self)
        return {**known, "order": self.order.hex(), "decisions": self.deciders()}


class Lesson(msgspec.Struct, array_like=True, gc=False):
    """What the person's own model learned from the outcome of a mail.

    Attributes:
        decision: First 16 characters of the decision's id.
        lean: The population's log-odds of a click, in thousandths.
        clicks: The clicks it was learned with.
    """

    decision: str
    arm: str
    lean: int
    clicks: int


class Worded(msgspec.Struct, array_like=True, gc=False):
    """What a slot of a mail was worded with.

    Attributes:
        variant: The one chosen.
        variants: All there were, each with the probability it had.
    """

    slot: str
    variant: str
    variants: dict[str, float]

    @classmethod
    def of(cls, drawn: Record) -> "Worded":
        """From a slot of a decision or outcome record."""
        return cls(drawn["slot"], drawn["variant"], drawn["variants"])

    def record(self) -> Record:
        """As an outcome record has it."""
        return {"slot": self.slot, "variant": self.variant, "variants": self.variants}
