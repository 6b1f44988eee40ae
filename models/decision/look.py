"""Gathering a decision moment from the profile, the programme, the catalog and the models."""

from models import bounds, localtime
from models.audience import attributes
from models.audience.verdict import Ask
from models.decay import DAY_MS
from models.decision import content, features, fences, timing
from models.decision.candidates import NOTHING_LEARNED, candidates, config_of, models_of
from models.decision.moment import (
    ANY_PRICE,
    UNKNOWN_PRICE,
    VERSION,
    Facts,
    Moment,
    Shown,
    TriggerSeen,
    good,
)
from models.decision.owed import moment_of
from models.decision.worth import Prices
from models.intent.asked import Asked
from models.offers.desk import Desk
from models.offers.seen import seen as seen_offers
from models.person import choices, engagement, messages
from models.person.messages import BOUNCED
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.programme.flow_parts import Content
from models.programme.flows import Flow
from models.programme.streams import WIN_BACK
from models.slots.fill import showing
from models.world import World

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
    facts = _standing(flow, profile, programme.purpose)
    if flow.owed:
        return moment_of(flow, trigger, wanted_ms, subscriber, profile, now_ms, world, about, facts)
    config = config_of(flow, programme, world.policy)
    if fences.unwelcome(facts, config):
        return _unseen(flow, trigger, subscriber, facts, now_ms, world, episode)
    _choose(facts, flow, profile, now_ms, world)
    if profile.impersonal:
        profile, ask = choices.as_anybody(profile), None
    ask = ask or Asked(profile, now_ms, world.intent, world.catalog).intent
    _know(facts, flow, wanted_ms, profile, ask, now_ms, world, about)
    facts.offers_spent = offers_spent
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
        candidates(flow, seen, world, shown),
        timing.hours(flow, wanted_ms, profile, now_ms, world, seen) if puts_off else [],
        models_of(world, profile.weights if open_to_mail else {}),
        config,
        episode,
    )


def _standing(flow: Flow, profile: Profile, purpose: str) -> Facts:
    """Whether the person may be written to; nothing else is looked at yet.

    From what is owed to them only an address that is dead keeps them, and no complaint.
    """
    dead = profile.suppressed == BOUNCED or (flow.owed and profile.past().bounced_ms > 0)
    return Facts(
        has_address=profile.has_address,
        consent=consents(profile, purpose),
        suppressed=(BOUNCED if dead else "") if flow.owed else profile.suppressed,
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
        candidates(flow, {}, world, []),
        [],
        models_of(world, {}),
        config_of(flow, world.programme, world.policy),
        episode,
    )


_OF_WHAT_THEY_DID = frozenset({Content.CART, Content.VIEWED, Content.TOPIC, Content.WANTED})
"""Contents that can't be had of somebody who wants no mail to follow from what they do."""


def _choose(facts: Facts, flow: Flow, profile: Profile, now_ms: int, world: World) -> None:
    """Add what the person chose, and how engaged they are: of the person, not of the mail."""
    programme = world.programme
    purpose, past = programme.purpose, profile.past()
    if past.choices:
        time_zone = localtime.usable(profile.time_zone, programme.time_zone)
        every_ms = choices.every_ms(profile)
        facts.topic_off = choices.is_off(flow.topic, profile)
        facts.paused = choices.paused(profile, now_ms, time_zone)
        if every_ms:
            facts.too_often = messages.counted_since(profile, now_ms - every_ms, now_ms) > 0
        facts.about_person = profile.impersonal and flow.content in _OF_WHAT_THEY_DID
    if flow.stream != WIN_BACK and not choices.untracked(profile):
        facts.unengaged = engagement.is_unengaged(profile, programme.unengaged, purpose, now_ms)
    seen = choices.as_anybody(profile) if profile.impersonal else profile
    facts.engagement = engagement.score(seen, purpose, now_ms)


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
    population = world.population if policy.learning else NOTHING_LEARNED
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
