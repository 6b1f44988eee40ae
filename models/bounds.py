"""How much of everything a profile keeps, and how names are held to a length.

A profile of a person with a million events is as small as one with fifty.
"""

CATEGORIES = 12
CART_ITEMS = 10
VIEWED = 6
BOUGHT = 10
MESSAGES = 10
PENDING = 16
MAILED = 4
MAILED_PRODUCTS = 3
MILESTONES = 8
ORDERS = 6
LESSONS = 4
PURPOSES = 6
HOURS = 12
FLOW_MAILS = 5
"""Mails of a flow with a cap of its own of which the time is kept."""
WAITS = 6
"""Products of which somebody waits for news, one for each kind of news."""
REPEATS = 6
"""Products that somebody buys again and again."""
LOVED = 2
"""Categories in which somebody waits for what is new."""
FLOWS = 20
TOPICS = 12
OWED = 2
"""Of the mails that are kept, most that are transactional: caps need the others."""

WEIGHTS = 16

RECENT = 6
"""How many of the last browses, carts, clicks and searches have their time kept."""
SEGMENTS = 24
ATTRIBUTES = 16
TAGS = 8

ID_BYTES = 40
TEXT_BYTES = 512
"""Of what a transactional mail tells, while it waits for an address."""
NAME_BYTES = 40

MONEY = 1e7
"""Amounts are held within this, in the shop's currency: one absurd price ruins no profile."""


def known_id(text: str | None) -> bool:
    """Whether an id is there and short enough to be kept whole (a cut id would be another's)."""
    if not text or len(text) > ID_BYTES:
        return False
    return text.isascii() or len(text.encode()) <= ID_BYTES


def text(told: str) -> str:
    """A text kept beside what waits, whole or not at all: part of it would be another's."""
    return told if len(told.encode()) <= TEXT_BYTES else ""


def name(text: str | None) -> str:
    """A category or purpose name, cut to its limit in UTF-8; empty for None."""
    if not text:
        return ""
    if text.isascii():
        return text[:NAME_BYTES]
    return text.encode()[:NAME_BYTES].decode(errors="ignore")


def money(amount: float | None) -> float:
    """An amount within 0 and `MONEY`; 0 for None and for what isn't a number."""
    if amount is None or not amount > 0.0:
        return 0.0
    return min(amount, MONEY)
