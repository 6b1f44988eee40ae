"""What flows are made of: the products they show, their limits, offers, goals, and messages."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from models.slots.needs import SHOWS, Need, Show


class Content(StrEnum):
    """Which products a mail shows."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and decisions look these up

    NONE = "none"
    CART = "cart"
    VIEWED = "viewed"
    RELATED = "related"
    """In stock, from the categories the person likes most."""
    WANTED = "wanted"
    """The one product that the flow is about."""
    TOPIC = "topic"
    """In stock, from the category that the flow is about: the one that was clicked."""
    RECOMMENDED = "recommended"
    """What the person may look at next; see `models.recommend`."""
    SUBSTITUTES = "substitutes"
    """What may do instead of what they looked at last, of its category."""
    COMPLEMENTS = "complements"
    """What goes with what they bought."""


def covers(start: int, end: int, minute: int) -> bool:
    """Whether a minute of the day is in a daily span, which may begin before midnight."""
    if start <= end:
        return start <= minute < end
    return minute >= start or minute < end


@dataclass(frozen=True, slots=True)
class Quiet:
    """A daily span without mail, in the person's time zone.

    Attributes:
        start: Minute of the day it begins, 0 to 1439.
        end: Minute of the day it ends; below `start` when it spans midnight.
    """

    start: int
    end: int

    def covers(self, minute: int) -> bool:
        """Whether a minute of the day, 0 to 1439, is within."""
        return covers(self.start, self.end, minute)


@dataclass(frozen=True, slots=True)
class Caps:
    """At most so many mails, delivered or under way, in any 24 hours and any 7 days."""

    day: int
    week: int


@dataclass(frozen=True, slots=True)
class AtMost:
    """At most so many mails of one flow, delivered or under way, in a length of time."""

    times: int
    within_ms: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A discount, in percent of the order.

    Attributes:
        codes: Whether each of its mails carries a single-use code; see `models.offers`.
        code_life_ms: How long a code must still be good when a decision takes it: the longest life
            of a mail that may carry it, and what the reader needs.
        codes_per_week: Most codes given in seven days, over everybody; None for no limit.
        codes_total: Most codes ever given; None for no limit.
        ends_ms: When it ends, epoch milliseconds; 0 for never.
    """

    name: str
    discount_percent: float
    codes: bool = False
    code_life_ms: int = 0
    codes_per_week: int | None = None
    codes_total: int | None = None
    ends_ms: int = 0


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal that is reached by a milestone; any other is reached by an order.

    Attributes:
        milestone: Its name.
        worth: What reaching it is worth, net, in the shop's currency: assumed when deciding, and
            where the event doesn't say.
    """

    name: str
    milestone: str
    worth: float


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom something is for, by segment.

    Attributes:
        only: Those in any of these; empty for everybody.
        but: None of those in any of these.
    """

    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


EVERYBODY = Audience()


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """A place in a message that is worded in one of several ways.

    Attributes:
        variants: Their names, at least two; the first is sent where nothing is learned.
        needs: What must be true for each; empty where nothing need be for any. The first needs
            nothing.
    """

    name: str
    variants: tuple[str, ...]
    needs: tuple[tuple[Need, ...], ...] = ()

    def allowed(self, met: frozenset[Need]) -> Iterator[tuple[str, tuple[Need, ...]]]:
        """The variants whose needs are met, each with its needs."""
        needs = self.needs or ((),) * len(self.variants)
        return (told for told in zip(self.variants, needs, strict=True) if met.issuperset(told[1]))


@dataclass(frozen=True, slots=True)
class MessageChoice:
    """A message that a flow may send.

    Attributes:
        type: reminder, recommendation, welcome …; with the offer it names the arm.
        template: The template to render.
        offers: Offers it may carry; `none` is the plain mail.
        clicks: Chance of a click on an accepted mail, assumed until outcomes tell.
        orders: Chance that a click brings an order which would not have come anyway; where the
            goal is a milestone, that it is reached.
        leaves: Chance that an accepted mail loses its reader, who leaves the list or complains.
        slots: What of it is worded in several ways, by name.
        audience: Whom it may be sent to.
        shows: What of it is filled per person; what comes first is what it is about.
    """

    type: str
    template: str
    offers: tuple[str, ...]
    clicks: float
    orders: float
    leaves: float
    slots: tuple[SlotChoice, ...] = ()
    audience: Audience = EVERYBODY
    shows: tuple[Show, ...] = SHOWS
