"""The programme: which flows there are, and what holds for each.

Marketers own it as a reviewed YAML file; `models.programme.reading` reads and checks it. Everything
here is immutable, and `Programme.version` changes with any change of meaning.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from models.audience.attributes import Attribute
from models.audience.segments import Segments
from models.campaigns.campaign import Campaign
from models.decay import DAY_MS
from models.programme.flow_events import Cancel, Trigger, by_milestone, by_segment
from models.programme.flow_parts import (
    EVERYBODY,
    AtMost,
    Audience,
    Caps,
    Content,
    Goal,
    MessageChoice,
    Offer,
    Quiet,
)
from models.programme.streams import NOTHING_PROMISED, Kind, Promise, Topic, Unengaged
from models.recommend.preferences import Preferences


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
        kind: Why it may mail at all.
        stream: The message stream that its mails go in.
        topic: The topic of the preference centre that they belong to, or empty.
        resend_unknown: Whether a mail of which nobody knows whether it left may be sent once more.
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
    audience: Audience = EVERYBODY
    kind: Kind = Kind.MARKETING
    stream: str = Kind.MARKETING.value
    topic: str = ""
    resend_unknown: bool = False

    @property
    def owed(self) -> bool:
        """Whether its mails are transactional."""
        return self.kind is Kind.TRANSACTIONAL

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
            currency; None for no budget. See `models.offers.budget`.
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
        topics: What people may turn off, by name.
        promise: What somebody who opts in agrees to.
        unengaged: From when on people get no marketing but to be won back; None for never.
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
    topics: dict[str, Topic] = field(default_factory=dict)
    promise: Promise = NOTHING_PROMISED
    unengaged: Unengaged | None = None

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
