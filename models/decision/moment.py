"""A decision moment: everything `decide` may know, small enough to travel with the decision.

`models.decision.look` gathers it from the profile, the programme, the catalog and the models; from
then on the decision is a function of the moment and a seed alone. The moment's bytes are the
decision record's `replay`, so any decision can be made again, byte for byte, from its own record.
"""

import msgspec

from models.audience.clusters import UNKNOWN
from models.decision.outlook import Priors, Variants
from models.decision.worth import Chances, Prices
from models.errors import SnapshotError
from models.intent.intent import Intent
from models.offers.seen import OfferSeen
from models.programme.streams import Kind
from models.slots.filled import AS_USUAL, Filled

VERSION = 3
"""Version of the moment's encoding."""


ANY_PRICE = -1.0
"""In place of the prior price of a mail that tells of none."""
UNKNOWN_PRICE = 0.0
"""In place of a prior price that isn't known."""


class TriggerSeen(msgspec.Struct, array_like=True, gc=False):
    """What led to the moment: `event` or `timer`, its id or name, and its own or due time."""

    kind: str
    id: str
    at_ms: int


class Shown(msgspec.Struct, array_like=True, gc=False):
    """A product that the mail could show, what speaks against it, and why it is considered.

    Attributes:
        source: `cart`, `viewed`, `related`, `wanted`, `topic`, or a
            `models.recommend.sources.Label`.
    """

    product_id: str
    sold_out: bool
    bought: bool
    source: str = ""


class Facts(msgspec.Struct, array_like=True, gc=False):
    """What the decision sees of the person.

    Attributes:
        late_ms: How long after the flow's wanted moment this is.
        minute: Minute of the person's day, 0 to 1439.
        quiet_in_ms: How long until the flow's quiet hours begin; -1 where it has none.
        mails_day: Mails delivered or under way in the last 24 hours; `mails_week` in 7 days.
        features: In thousandths, in the order of `models.decision.features.NAMES`.
        offers_spent: What offers may take off in a week is taken off.
        offers: The flow's offers that end or give codes.
        intent: What the person is likely to do next; None where no model was asked.
        about: The product that the flow is about; empty where it is about none in particular.
        price: What it costs, in the shop's currency, where the flow tells of a lower price.
        prior_price: The lowest price of the 30 days before that one; `UNKNOWN_PRICE`, or
            `ANY_PRICE` where the flow tells of no price.
        flow_mails: Mails of the flow within the time that its own cap is for.
        segments: Those the person is in, in order.
        attributes: What is known of them that templates may show, as text.
        cluster: The cluster they behave like; -1 while none are known.
        topic_off: They turned the flow's topic off.
        paused: They want no marketing until some day.
        too_often: They had the last mail more lately than they chose.
        unengaged: They were mailed a lot and have done nothing for long.
        about_person: The mail would be about what they did, and they don't want that.
        engagement: How engaged they are, 0 to 1; see `models.person.engagement`.
        told: What a transactional mail says of what it is about.
    """

    has_address: bool
    consent: bool
    suppressed: str
    late_ms: int
    minute: int
    quiet_in_ms: int
    mails_day: int
    mails_week: int
    category: str
    shown: list[Shown]
    features: list[int]
    offers_spent: bool = False
    offers: list[OfferSeen] = []
    intent: Intent | None = None
    about: str = ""
    price: float = 0.0
    prior_price: float = ANY_PRICE
    flow_mails: int = 0
    segments: list[str] = []  # a new one each, as msgspec has it
    attributes: dict[str, str] = {}
    cluster: int = UNKNOWN
    topic_off: bool = False
    paused: bool = False
    too_often: bool = False
    unengaged: bool = False
    about_person: bool = False
    engagement: float = 0.0
    told: dict[str, str] = {}


class Candidate(msgspec.Struct, array_like=True, gc=False):
    """One arm and what the models say of it before the person's own model.

    Attributes:
        priors: What the programme expects.
        chances: What the population model expects.
        discount_percent: What the offer takes off; 0 for none.
        only: Segments it is for, of which the person must be in one; empty for everybody.
        but: Segments it isn't for.
        slots: What of the mail is worded in several ways, as far as that would be true; empty
            where rules leave no mail.
        filled: What the mail shows of what is filled per person.
    """

    arm: str
    type: str
    template: str
    offer: str
    priors: Priors
    chances: Chances
    discount_percent: float
    slots: tuple[Variants, ...] = ()
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    filled: Filled = AS_USUAL


class Hour(msgspec.Struct, array_like=True, gc=False):
    """A later hour to which the choice may be put off.

    Attributes:
        arm: `wait/` and the person's local hour; beyond a day `wait/sat/` and the hour.
        until_ms: When it is, epoch milliseconds.
        shift: By how much the log-odds of a click are expected to be higher then; `variance` of
            that belief.
    """

    arm: str
    until_ms: int
    shift: float
    variance: float


class Models(msgspec.Struct, array_like=True, gc=False):
    """The models as they stood: whether they choose, the person's own weights, and the versions."""

    learning: bool
    weights: dict[str, float]
    population: str
    intent: str = ""


class Config(msgspec.Struct, array_like=True, gc=False):
    """The flow's and the programme's settings that the decision obeys.

    Attributes:
        quiet: Start and end minute of the quiet hours, or empty.
        caps: Most mails a day and a week, or empty.
        at_most: Most mails of this flow in a time of its own; 0 for no such cap.
        width: See `models.world.PolicySettings`.
        prices: What things are worth and cost to this person's moment.
        only: Segments the flow is for, of which the person must be in one; empty for everybody.
        but: Segments it isn't for.
        kind: `marketing`, or `transactional`: owed, whatever the person consented to.
        stream: The message stream of its mails.
        topic: The topic of the preference centre, or empty.
        resend_unknown: Whether a mail of which nobody knows whether it left may be sent again.
    """

    flow: str
    goal: str
    quiet: list[int]
    caps: list[int]
    window_ms: int
    expires_ms: int
    exploration: float
    width: float
    programme: str
    prices: Prices
    at_most: int = 0
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    kind: str = Kind.MARKETING.value
    stream: str = Kind.MARKETING.value
    topic: str = ""
    resend_unknown: bool = False

    @property
    def owed(self) -> bool:
        """Whether the mail is transactional."""
        return self.kind == Kind.TRANSACTIONAL.value


class Moment(msgspec.Struct, array_like=True, gc=False):
    """All a decision is made from, but the seed, which follows from subscriber and trigger.

    Attributes:
        episode: The decision that chose to wait for this moment; empty for a first one.
    """

    version: int
    subscriber: str
    trigger: TriggerSeen
    now_ms: int
    facts: Facts
    candidates: list[Candidate]
    hours: list[Hour]
    models: Models
    config: Config
    episode: str


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Moment)


class _Versioned(msgspec.Struct, array_like=True):
    """What begins a moment of any version; the rest may be shaped as it likes."""

    version: int


_version_decoder = msgspec.msgpack.Decoder(_Versioned)


def to_bytes(moment: Moment) -> bytes:
    """The moment's stored form."""
    return _encoder.encode(moment)


def from_bytes(data: bytes) -> Moment:
    """The moment that `to_bytes` wrote.

    Raises:
        SnapshotError: Damaged, or of another version.
    """
    try:
        version = _version_decoder.decode(data).version
        if version == VERSION:
            return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise SnapshotError(f"a decision's replay bytes are damaged: {error}") from error
    raise SnapshotError(
        f"a decision was made from a moment of version {version}, this release repeats "
        f"version {VERSION}. Use the release that made it."
    )


def offer_seen(facts: Facts, offer: str) -> OfferSeen:
    """What was seen of an offer; of one that neither ends nor gives codes there is nothing."""
    return next((seen for seen in facts.offers if seen.offer == offer), OfferSeen(offer))


def showable(facts: Facts) -> list[Shown]:
    """Products that the mail may show: in stock and not bought lately."""
    return [shown for shown in facts.shown if not shown.sold_out and not shown.bought]


def good(facts: Facts) -> list[str]:
    """Ids of the products that the mail may show."""
    return [shown.product_id for shown in showable(facts)]
