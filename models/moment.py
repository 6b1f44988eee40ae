"""A decision moment: everything `decide` may know, small enough to travel with the decision.

`look` gathers it from the profile, the programme, the catalog and the models; from then on the
decision is a function of the moment and a seed alone. The moment's bytes are the decision record's
`replay`, so any decision can be made again, byte for byte, from its own record.
"""

import msgspec

from models import content, features, localtime
from models.decay import DAY_MS
from models.errors import SnapshotError
from models.flows import Flow, MessageChoice, Programme
from models.linear import log_odds_of
from models.messages import counted_since
from models.population import HOLD
from models.profile import Profile
from models.world import PolicySettings, World

VERSION = 1
"""Version of the moment's encoding."""


class TriggerSeen(msgspec.Struct, array_like=True):
    """What led to the moment: `event` or `timer`, its id or name, and its own or due time."""

    kind: str
    id: str
    at_ms: int


class Shown(msgspec.Struct, array_like=True):
    """A product that the mail could show, and what speaks against it."""

    product_id: str
    sold_out: bool
    bought: bool


class Facts(msgspec.Struct, array_like=True):
    """What the decision sees of the person.

    Attributes:
        late_ms: How long after the flow's wanted moment this is.
        minute: Minute of the person's day, 0 to 1439.
        quiet_in_ms: How long until the flow's quiet hours begin; -1 where it has none.
        mails_day: Mails delivered or under way in the last 24 hours; `mails_week` in 7 days.
        features: In thousandths, in the order of `models.features.NAMES`.
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


class Candidate(msgspec.Struct, array_like=True):
    """One arm and what the models say of it before the person's own model.

    Attributes:
        prior: Log-odds by the programme, in thousandths; `lean` by the population model.
        gain: Net value if it works; `loss` if it doesn't.
        discount_percent: What the offer takes off; 0 for none.
    """

    arm: str
    type: str
    template: str
    offer: str
    prior: int
    lean: int
    gain: float
    loss: float
    discount_percent: float


class Models(msgspec.Struct, array_like=True):
    """The models as they stood: the person's own weights, and versions."""

    weights: dict[str, float]
    population: str
    typical_gain: float


class Config(msgspec.Struct, array_like=True):
    """The flow's and the programme's settings that the decision obeys.

    Attributes:
        quiet: Start and end minute of the quiet hours, or empty.
        caps: Most mails a day and a week, or empty.
    """

    flow: str
    goal: str
    quiet: list[int]
    caps: list[int]
    window_ms: int
    expires_ms: int
    exploration: float
    temperature: float
    programme: str


class Moment(msgspec.Struct, array_like=True):
    """All a decision is made from, but the seed, which follows from subscriber and trigger."""

    version: int
    subscriber: str
    trigger: TriggerSeen
    now_ms: int
    facts: Facts
    candidates: list[Candidate]
    models: Models
    config: Config


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Moment)


def to_bytes(moment: Moment) -> bytes:
    """The moment's stored form."""
    return _encoder.encode(moment)


def from_bytes(data: bytes) -> Moment:
    """The moment that `to_bytes` wrote.

    Raises:
        SnapshotError: Damaged, or of another version.
    """
    try:
        moment = _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise SnapshotError(f"a decision's replay bytes are damaged: {error}") from error
    if moment.version != VERSION:
        raise SnapshotError(
            f"a decision was made from a moment of version {moment.version}, this release repeats "
            f"version {VERSION}. Use the release that made it."
        )
    return moment


def consents(profile: Profile, purpose: str) -> bool:
    """Whether consent for a purpose stands."""
    consent = profile.consent_for(purpose)
    return consent is not None and consent.granted


def look(
    flow: Flow,
    trigger: TriggerSeen,
    wanted_ms: int,
    subscriber: str,
    profile: Profile,
    now_ms: int,
    world: World,
) -> Moment:
    """Gather all that a decision may know.

    Args:
        flow: The flow to decide for.
        trigger: What led here.
        wanted_ms: When the flow would have liked to decide.
        subscriber: The person's key.
        profile: The person.
        now_ms: The moment, epoch milliseconds.
        world: Programme, catalog, models and settings.
    """
    programme = world.programme
    observed = features.observe(profile, now_ms, programme.time_zone)
    return Moment(
        VERSION,
        subscriber,
        trigger,
        now_ms,
        _facts(flow, wanted_ms, profile, now_ms, world, observed),
        _candidates(flow, observed, world),
        Models(
            dict(profile.weights) if world.policy.learning else {},
            world.population.version if world.policy.learning else "off",
            world.policy.typical_gain,
        ),
        _config(flow, programme, world.policy),
    )


def _facts(
    flow: Flow, wanted_ms: int, profile: Profile, now_ms: int, world: World, observed: list[int]
) -> Facts:
    programme = world.programme
    time_zone = localtime.usable(profile.time_zone, programme.time_zone)
    quiet_in_ms = -1
    if flow.quiet is not None:
        quiet_in_ms = localtime.next_at(now_ms, time_zone, flow.quiet.start) - now_ms
    category, products = content.considered(flow.content, profile, world.catalog)
    bought_since = now_ms - programme.recently_bought_ms
    bought = {product for product, at_ms in profile.bought.items() if at_ms > bought_since}
    return Facts(
        has_address=profile.has_address,
        consent=consents(profile, programme.purpose),
        suppressed=profile.suppressed,
        late_ms=max(0, now_ms - wanted_ms),
        minute=localtime.local_minute(now_ms, time_zone),
        quiet_in_ms=quiet_in_ms,
        mails_day=counted_since(profile, now_ms - DAY_MS, now_ms),
        mails_week=counted_since(profile, now_ms - 7 * DAY_MS, now_ms),
        category=category,
        shown=[Shown(p, world.catalog.sold_out(p), p in bought) for p in products],
        features=observed,
    )


def _candidates(flow: Flow, observed: list[int], world: World) -> list[Candidate]:
    policy = world.policy
    seen = features.named(observed)

    def candidate(
        arm: str, message: MessageChoice | None, offer: str, chance: float, gain: float, loss: float
    ) -> Candidate:
        prior = log_odds_of(chance)
        lean = prior
        if policy.learning:
            lean = world.population.log_odds(seen, arm, flow.name, round(prior, 3))
            gain = world.population.gain(arm, gain)
            loss = world.population.loss(arm, loss)
        return Candidate(
            arm,
            message.type if message else "",
            message.template if message else "",
            offer,
            round(prior * 1000),
            round(lean * 1000),
            gain,
            loss,
            _discount(offer, world.programme),
        )

    arms = [candidate(HOLD, None, "none", flow.hold_prior, policy.typical_gain, 0.0)]
    arms.extend(
        candidate(
            f"{message.type}/{offer}",
            message,
            offer,
            message.prior,
            policy.typical_gain * _kept(_discount(offer, world.programme), policy),
            -policy.mail_cost,
        )
        for message in flow.messages
        for offer in message.offers
    )
    return arms


def _discount(offer: str, programme: Programme) -> float:
    return 0.0 if offer == "none" else programme.offers[offer].discount_percent


def _kept(discount_percent: float, policy: PolicySettings) -> float:
    """The share of margin that a discount leaves, at least a twentieth."""
    if discount_percent <= 0.0 or policy.margin_rate <= 0.0:
        return 1.0
    return max(0.05, 1.0 - discount_percent / 100.0 / policy.margin_rate)


def _config(flow: Flow, programme: Programme, policy: PolicySettings) -> Config:
    return Config(
        flow=flow.name,
        goal=flow.goal,
        quiet=[flow.quiet.start, flow.quiet.end] if flow.quiet else [],
        caps=[programme.caps.day, programme.caps.week] if flow.capped else [],
        window_ms=flow.window_ms,
        expires_ms=flow.expires_ms,
        exploration=flow.exploration,
        temperature=policy.temperature,
        programme=programme.version,
    )
