"""Gathering a decision moment from the profile, the programme, the catalog and the models."""

from collections.abc import Mapping
from functools import lru_cache

from models import bounds, localtime
from models.audience import attributes
from models.audience.verdict import Ask
from models.decay import DAY_MS
from models.decision import content, features, fences, timing
from models.decision.arms import HOLD
from models.decision.moment import (
    ANY_PRICE,
    UNKNOWN_PRICE,
    VERSION,
    Candidate,
    Config,
    Facts,
    Models,
    Moment,
    Shown,
    TriggerSeen,
    good,
)
from models.decision.outlook import Priors, Variants
from models.decision.worth import Chances, Prices
from models.intent.asked import Asked
from models.learning.linear import log_odds_of
from models.learning.population import Population
from models.offers.desk import Desk
from models.offers.seen import seen as seen_offers
from models.person import messages
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.programme.flow_parts import Content, MessageChoice
from models.programme.flows import Flow, Programme
from models.slots.fill import NOTHING, Showing, showing
from models.slots.needs import Need
from models.world import PolicySettings, World

_NOTHING_LEARNED = Population()
_NEVER = (-30.0, 0.0)
_NO_PRICES = Prices(0.0, 0.0, 0.0, 0.0, 0.0)
_ORDERS_ASSUMED = 2.0
"""Orders at the price of what a person looks at, assumed beside those they made."""


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
    episode: str = "",
    *,
    offers_spent: bool = False,
    codes: Desk | None = None,
    about: str = "",
    ask: Ask | None = None,
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
        episode: The decision that chose to wait for this moment; empty where none did.
        offers_spent: See `models.step.Step`; `codes` too.
        about: The product or category that the flow is about; empty for none in particular.
        ask: Works out what the person is likely to do next, where others ask it too.
    """
    programme, learning = world.programme, world.policy.learning
    facts = _standing(profile, programme.purpose)
    if fences.unwelcome(facts):
        return _unseen(flow, trigger, subscriber, facts, now_ms, world, episode)
    ask = ask or Asked(profile, now_ms, world.intent, world.catalog).intent
    _know(facts, flow, wanted_ms, profile, ask, now_ms, world, about)
    facts.offers_spent = offers_spent
    config = _config(flow, programme, world.policy)
    if flow.content not in content.LEARNED or not fences.closed(facts, config):
        # What is learned of products is asked only where it could be mailed: it costs as much as
        # several decisions without it.
        _show(flow, subscriber, profile, now_ms, world, about, facts)
    config.prices = prices = _prices(flow, facts, profile, world)
    products = [world.catalog.find(product) for product in good(facts)[: content.SHOWN]]
    categories = [record.category for record in products if record is not None]
    if not categories and facts.category:
        categories = [facts.category]
    facts.features = features.observe(
        profile, now_ms, programme.time_zone, categories, prices.order, facts.mails_week
    )
    facts.cluster = world.population.clusters.nearest(facts.features)
    # What rules out every mail leaves nothing to choose: then no model is asked.
    open_to_mail = not fences.closed(facts, config)
    if open_to_mail:
        time_zone = localtime.usable(profile.time_zone, programme.time_zone)
        facts.offers = seen_offers(flow, programme, now_ms, time_zone, codes)
    if learning and open_to_mail:
        facts.intent = ask()
    seen = features.named(facts.features)
    puts_off = open_to_mail and not episode
    shown = [showing(m, flow, facts, profile, now_ms, world) for m in flow.messages if open_to_mail]
    return Moment(
        VERSION,
        subscriber,
        trigger,
        now_ms,
        facts,
        _candidates(flow, seen, world, shown),
        timing.hours(flow, wanted_ms, profile, now_ms, world, seen) if puts_off else [],
        _models(world, profile.weights if open_to_mail else {}),
        config,
        episode,
    )


def _standing(profile: Profile, purpose: str) -> Facts:
    """Whether the person may be written to; nothing else is looked at yet."""
    return Facts(
        has_address=profile.has_address,
        consent=consents(profile, purpose),
        suppressed=profile.suppressed,
        late_ms=0,
        minute=0,
        quiet_in_ms=-1,
        mails_day=0,
        mails_week=0,
        category="",
        shown=[],
        features=[],
    )


def _unseen(
    flow: Flow,
    trigger: TriggerSeen,
    subscriber: str,
    standing: Facts,
    now_ms: int,
    world: World,
    episode: str,
) -> Moment:
    """The moment of somebody to whom nobody may write: what they did is not looked at, nor kept."""
    return Moment(
        VERSION,
        subscriber,
        trigger,
        now_ms,
        standing,
        _candidates(flow, {}, world, []),
        [],
        _models(world, {}),
        _config(flow, world.programme, world.policy),
        episode,
    )


def _models(world: World, weights: Mapping[str, float]) -> Models:
    """The models as they stand, and the person's own weights; none where models are off."""
    if not world.policy.learning:
        return Models(False, {}, "off", "off")  # noqa: FBT003 - a field by position
    return Models(True, dict(weights), world.population.version, world.intent.version)  # noqa: FBT003


def _prices(flow: Flow, facts: Facts, profile: Profile, world: World) -> Prices:
    policy, cart = world.policy, profile.cart
    goal, margin_rate = world.programme.goals.get(flow.goal), world.policy.margin_rate
    looked_at = profile.price_mean if profile.price_seen else policy.typical_order
    order = looked_at
    hero = world.catalog.find(next(iter(good(facts)), None))
    if flow.content is Content.CART and cart:
        order = sum(item.price * item.quantity for item in cart) or order
    elif hero is not None and hero.price:
        order = hero.price
    usual = (profile.revenue + _ORDERS_ASSUMED * looked_at) / (profile.purchases + _ORDERS_ASSUMED)
    if goal is not None:
        # Its worth is net: that of an order at the shop's margin.
        margin_rate = margin_rate or 1.0
        order = usual = goal.worth / margin_rate
    population = world.population if policy.learning else _NOTHING_LEARNED
    share = population.complaint_share
    return Prices(
        margin_rate,
        policy.mail_cost,
        policy.unsubscribe_cost + share * policy.complaint_cost,
        bounds.money(order),
        bounds.money(usual),
    )


def _know(
    facts: Facts,
    flow: Flow,
    wanted_ms: int,
    profile: Profile,
    ask: Ask,
    now_ms: int,
    world: World,
    about: str,
) -> None:
    """Add what is known of the person at the moment; `_show` adds what the mail could show."""
    programme = world.programme
    time_zone = localtime.usable(profile.time_zone, programme.time_zone)
    if flow.quiet is not None:
        facts.quiet_in_ms = localtime.next_at(now_ms, time_zone, flow.quiet.start) - now_ms
    facts.late_ms = max(0, now_ms - wanted_ms)
    facts.minute = localtime.local_minute(now_ms, time_zone)
    facts.mails_day = messages.counted_since(profile, now_ms - DAY_MS, now_ms)
    facts.mails_week = messages.counted_since(profile, now_ms - 7 * DAY_MS, now_ms)
    facts.about = about if flow.content is Content.WANTED else ""
    facts.price, facts.prior_price = _drop(flow, about, now_ms, world)
    facts.flow_mails = messages.counted_of(flow, profile, now_ms)
    facts.segments = programme.segments.members(profile, now_ms, ask)
    facts.attributes = attributes.shown(profile, now_ms, programme.attributes)


def _show(
    flow: Flow,
    subscriber: str,
    profile: Profile,
    now_ms: int,
    world: World,
    about: str,
    facts: Facts,
) -> None:
    """Add what the mail could show, and what speaks against each of it."""
    catalog = world.catalog
    considered = content.considered(flow.content, subscriber, profile, now_ms, world, about)
    facts.category, products = considered
    bought_since = now_ms - world.programme.recently_bought_ms
    bought = {product for product, at_ms in profile.bought.items() if at_ms > bought_since}
    if flow.trigger is Trigger.REPLENISHMENT:
        bought.clear()  # that it was bought is why it is shown
    # Where a mail is about one product, one that was deleted can't be shown either.
    gone = {facts.about} if facts.about and facts.about not in catalog else set()
    facts.shown = [
        Shown(p, p in gone or catalog.sold_out(p), p in bought, why) for p, why in products
    ]


def _drop(flow: Flow, about: str, now_ms: int, world: World) -> tuple[float, float]:
    """What the product of a price drop costs, and the lowest it did in the 30 days before."""
    record = world.catalog.find(about)
    if flow.trigger is not Trigger.PRICE_DROP or record is None:
        return 0.0, ANY_PRICE
    before = world.catalog.lowest_price(about, now_ms)
    return record.price, UNKNOWN_PRICE if before is None else before


def _candidates(
    flow: Flow, seen: Mapping[str, float], world: World, shown: list[dict[str, Showing]]
) -> list[Candidate]:
    """All arms; `shown` is what each message shows by offer, empty where rules leave no mail."""
    population = world.population if world.policy.learning else _NOTHING_LEARNED
    usual = _log_odds_of(flow.unasked)
    outlook = population.outlook(seen, flow.name, usual) if shown else None
    unasked = outlook.unasked if outlook else (usual, 0.0)
    nothing = Chances(_NEVER, _NEVER, _NEVER, unasked)
    none = Priors(-30.0, -30.0, -30.0, usual)
    found = [Candidate(HOLD, "", "", "none", none, nothing, 0.0)]
    for number, message in enumerate(flow.messages):
        worded: dict[frozenset[Need], tuple[Variants, ...]] = {}
        priors = _priors(message, usual)
        for offer in message.offers:
            filled, met = shown[number][offer] if shown else NOTHING
            if met not in worded:
                worded[met] = outlook.variants(message, met) if outlook else ()
            arm, percent = f"{message.type}/{offer}", _discount(offer, world.programme)
            chances = outlook.chances(arm, percent / 100.0, priors) if outlook else nothing
            kind, template = message.type, message.template
            found.append(
                Candidate(
                    arm,
                    kind,
                    template,
                    offer,
                    priors,
                    chances,
                    percent,
                    worded[met],
                    message.audience.only,
                    message.audience.but,
                    filled,
                )
            )
    return found


_log_odds_of = lru_cache(maxsize=4_096)(log_odds_of)


def _priors(message: MessageChoice, unasked: float) -> Priors:
    return Priors(
        _log_odds_of(message.clicks),
        _log_odds_of(message.orders),
        _log_odds_of(message.leaves),
        unasked,
    )


def _discount(offer: str, programme: Programme) -> float:
    return 0.0 if offer == "none" else programme.offers[offer].discount_percent


def _config(flow: Flow, programme: Programme, policy: PolicySettings) -> Config:
    """What the decision obeys; what things are worth follows, once it is known what is shown."""
    return Config(
        flow=flow.name,
        goal=flow.goal,
        quiet=[flow.quiet.start, flow.quiet.end] if flow.quiet else [],
        caps=[programme.caps.day, programme.caps.week] if flow.capped else [],
        window_ms=flow.window_ms,
        expires_ms=flow.expires_ms,
        exploration=flow.exploration,
        width=policy.width,
        programme=programme.version,
        prices=_NO_PRICES,
        at_most=flow.at_most.times if flow.at_most else 0,
        only=flow.audience.only,
        but=flow.audience.but,
    )
