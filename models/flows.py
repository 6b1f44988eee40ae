"""The programme: which flows there are, what they may say, and within which guardrails.

Marketers own it as a reviewed YAML file; `models.programme` reads and checks it. Everything
here is immutable, and `Programme.version` changes with any change of meaning.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from models.audience.attributes import Attribute
from models.audience.segments import Segments
from models.campaigns.campaign import Campaign
from models.decay import DAY_MS
from models.flow_events import Cancel, Trigger, by_milestone, by_segment
from models.recommend.preferences import Preferences
from models.slots.needs import SHOWS, Need, Show


class Content(StrEnum):
    """Which products a mail shows."""

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
    audience: Audience = Audience()
    shows: tuple[Show, ...] = SHOWS


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow. Lengths of time in milliseconds.

    Attributes:
        delay_ms: From the trigger to the decision; 0 decides within the trigger's own step.
        window_ms: How late a decision may still be made.
        expires_ms: How long after the decision its mail may still leave.
        again_after_ms: How long after its last trigger decided the flow starts again.
        after: A flow that must have been decided before this one starts, or empty.
        quiet: Hours without mail; None where the flow keeps none.
        wait_ms: How long a mail may be put off to an hour at which the person looks; 0 for never.
        capped: Whether the caps hold for it.
        exploration: Share of choices spread evenly over everything allowed, holding included.
        unasked: Chance of an order in the window without any mail, or of the goal's milestone,
            assumed until outcomes tell.
        milestone: The one that starts it; empty where another trigger does.
        until: The one that ends it while it waits, or empty.
        at_most: Its own cap, or None.
        segment: The one that starts it when it is entered; empty where another trigger does.
        audience: Whom it may mail.
    """

    name: str
    goal: str
    trigger: Trigger
    delay_ms: int
    window_ms: int
    expires_ms: int
    again_after_ms: int
    cancel: frozenset[Cancel]
    after: str
    content: Content
    needs_cart: bool
    quiet: Quiet | None
    wait_ms: int
    capped: bool
    exploration: float
    unasked: float
    messages: tuple[MessageChoice, ...]
    milestone: str = ""
    until: str = ""
    at_most: AtMost | None = None
    segment: str = ""
    audience: Audience = Audience()

    @property
    def timer(self) -> str:
        """Name of the timer it waits by."""
        return f"flow:{self.name}"

    @property
    def starts_by(self) -> str:
        """The event that starts it: its trigger, and which milestone or segment that is."""
        if self.segment:
            return by_segment(self.segment)
        return by_milestone(self.milestone) if self.milestone else self.trigger

    @property
    def ends_by(self) -> frozenset[str]:
        """The events that end it while it waits."""
        return self.cancel | ({by_milestone(self.until)} if self.until else frozenset())


@dataclass(frozen=True, slots=True)
class Programme:
    """All flows and what holds for each.

    Attributes:
        version: Eight hex digits of a hash over the meaning, not the layout, of the text.
        time_zone: IANA name, for people whose own is unknown.
        purpose: The consent that mail needs.
        confirmed: Whether such consent counts only once it is confirmed (double opt-in).
        recently_bought_ms: How long a bought product isn't shown again.
        discounts_per_week: What offers may take off in a week, over everybody, in the shop's
            currency; None for no budget. See `models.budget`.
        price_drop_percent: By how much a wanted product must cost less for its price to have
            dropped.
        campaigns: By name; each has a flow of its name, too.
        replenish_at: After which share of somebody's usual interval a product is due again.
        started_by: Flows by what starts them (`Flow.starts_by`); `ended_by` by what ends them.
        goals: Those that are milestones, by name.
        segments: All segments, ready to be asked who is in them.
        attributes: Those of profile events that are kept, by name.
        preferences: What the shop wants of recommendations.
        low_stock: Of a product that has so many units left, or fewer, few are left.
        ends_soon_ms: What ends within this time ends soon.
    """

    version: str
    time_zone: str
    purpose: str
    caps: Caps
    recently_bought_ms: int
    offers: dict[str, Offer]
    flows: dict[str, Flow]
    started_by: dict[str, tuple[Flow, ...]] = field(default_factory=dict)
    ended_by: dict[str, tuple[Flow, ...]] = field(default_factory=dict)

    goals: dict[str, Goal] = field(default_factory=dict)
    discounts_per_week: float | None = None
    price_drop_percent: float = 5.0
    replenish_at: float = 0.9
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    segments: Segments = field(default_factory=Segments)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    preferences: Preferences = field(default_factory=Preferences)
    low_stock: int = 5
    ends_soon_ms: int = 3 * DAY_MS
    confirmed: bool = False

    def milestone_of(self, goal: str) -> str:
        """The milestone that a goal is; empty where it is orders."""
        return self.goals[goal].milestone if goal in self.goals else ""

    def worth_of(self, milestone: str) -> float:
        """What a milestone is worth where its event doesn't say; 0 where it is no goal's."""
        worths = (goal.worth for goal in self.goals.values() if goal.milestone == milestone)
        return next(worths, 0.0)

    def at_once(self) -> "Programme":
        """The same flows, none of which puts a mail off to a better hour."""
        return self._each(lambda flow: replace(flow, wait_ms=0))

    def related_only(self) -> "Programme":
        """The same flows, showing what is related where they would recommend."""
        learned = {Content.RECOMMENDED, Content.SUBSTITUTES, Content.COMPLEMENTS}
        return self._each(
            lambda flow: replace(flow, content=Content.RELATED) if flow.content in learned else flow
        )

    def _each(self, change: Callable[[Flow], Flow]) -> "Programme":
        flows = {name: change(flow) for name, flow in self.flows.items()}
        started = {
            trigger: tuple(flows[flow.name] for flow in begun)
            for trigger, begun in self.started_by.items()
        }
        ended = {
            event: tuple(flows[flow.name] for flow in done) for event, done in self.ended_by.items()
        }
        return replace(self, flows=flows, started_by=started, ended_by=ended)
