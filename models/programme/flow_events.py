"""What starts and ends flows: triggers, cancelling events, and how the named ones are called."""

from enum import StrEnum


class Trigger(StrEnum):
    """What starts a flow's clock."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and this is looked up per event

    REACHABLE = "reachable"
    """Consent stands and an address is known: the moment the second of the two arrives."""
    BROWSE = "browse"
    CART = "cart"
    """A product was added or checkout began."""
    PURCHASE = "purchase"
    MILESTONE = "milestone"
    """The flow's `milestone` was reached."""
    SEGMENT = "segment"
    """The person entered the flow's `segment`, by an event or by time."""
    ACTIVITY = "activity"
    """Anything the person did; with a long delay, the flow waits for silence."""
    BACK_IN_STOCK = "back_in_stock"
    """A product that was sold out when the person wanted it is there again."""
    PRICE_DROP = "price_drop"
    """A product that the person wants costs less."""
    NEW_ARRIVAL = "new_arrival"
    """Something new is there in a category that the person likes most."""
    CLICK = "click"
    """A link to something of a known category was followed in a mail."""
    CAMPAIGN = "campaign"
    """A campaign of the programme is open; see `models.campaigns`."""
    OPT_IN = "opt_in"
    """Somebody opted in and hasn't confirmed it, where the programme asks for that."""
    REPLENISHMENT = "replenishment"
    """What the person buys again and again will be needed again soon."""


WAITED_FOR = frozenset({Trigger.BACK_IN_STOCK, Trigger.PRICE_DROP, Trigger.NEW_ARRIVAL})
"""What the catalog brings and people wait for; see `models.waiting`."""
OWED = frozenset({Trigger.PURCHASE, Trigger.MILESTONE, Trigger.OPT_IN})
"""After which a mail may be owed: a transactional one."""
OF_A_PRODUCT = WAITED_FOR | {Trigger.REPLENISHMENT}
"""Flows that are about one product."""


class Cancel(StrEnum):
    """What ends a flow that waits."""

    __hash__ = str.__hash__

    PURCHASE = "purchase"
    CART = "cart"
    CART_EMPTIED = "cart_emptied"
    OPT_OUT = "opt_out"
    CONSENT = "consent"
    """Consent was given, and confirmed where that is asked for."""


def by_milestone(name: str) -> str:
    """What a milestone is called among the events that start and end flows."""
    return f"{Trigger.MILESTONE}:{name}"


def by_segment(name: str) -> str:
    """What entering a segment is called among the events that start flows."""
    return f"{Trigger.SEGMENT}:{name}"
