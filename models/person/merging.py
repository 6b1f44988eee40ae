"""An anonymous person becomes a known one: their profile moves over, once.

Counts add up, the newest time of anything wins, decayed sums join. Consent stays with the
subscriber: it was given for an address; only a newer withdrawal comes along. What the anonymous
person had started (a cart left open) starts for the subscriber from its own time.
"""

from hashlib import blake2b

from models import bounds, decay
from models.audience import attributes, membership, recent
from models.decision import superseding
from models.decision.triggers import forget, reachable, start_flow
from models.feedback import outcomes, refunds
from models.intent import samples
from models.person import choices
from models.person.cart import add
from models.person.contact import show_choices, withdraw
from models.person.encoding import encode
from models.person.habits import note_seen
from models.person.messages import remember
from models.person.profile import Profile
from models.programme.flow_events import WAITED_FOR, Cancel, Trigger, by_milestone
from models.replenishment import reorders
from models.step import Record, Step
from models.waiting import arrive, notice, waits
from models.world import World


def hand_over(event: Record, profile: Profile, step: Step, world: World) -> None:
    """On the anonymous profile: send all of it to the subscriber, and keep only who that is."""
    subscriber: str = event["subscriber_id"]
    if profile.identified_as == subscriber:
        return
    superseding.hand_over(profile, step, world)
    armed = dict(profile.armed)
    for flow_name in armed:
        forget(flow_name, profile, step)
    if reachable(profile, world):
        waits.unlist_all(profile, step)
    for pending in list(profile.pending):
        step.cancel_timer(outcomes.timer_of(pending.decision_id))
        outcomes.close(pending, step.now_ms, profile, step, world.policy)
    membership.forget(profile, step)
    if profile.last_ms or profile.milestones or profile.attributes or profile.past().orders:
        profile.armed = armed
        step.emit(
            "merge",
            {
                "event_id": _merge_id(event["event_id"]),
                "occurred_at": event["occurred_at"],
                "subscriber_id": subscriber,
                "anonymous_id": event["anonymous_id"],
                "profile": encode(profile),
            },
        )
    profile.become(Profile(dedupe=profile.dedupe, identified_as=subscriber))


def _merge_id(event_id: str) -> str:
    return blake2b(event_id.encode(), digest_size=16, person=b"merge").hexdigest()


def _what_ends_flows(profile: Profile) -> list[tuple[str, int]]:
    """What a person did last of what ends flows, with when."""
    done: list[tuple[str, int]] = [(Cancel.PURCHASE, profile.last_purchase_ms)]
    done += [(Cancel.CART, profile.last_cart_ms)]
    done += [(by_milestone(name), at_ms) for name, at_ms in profile.milestones.items()]
    return done


_NEWEST = (
    "last_ms",
    "last_browse_ms",
    "last_cart_ms",
    "last_click_ms",
    "last_purchase_ms",
    "last_search_ms",
    "last_wish_ms",
    "scanned_ms",
    "visit_ms",
)
_ADDED = ("browses", "carts", "clicks", "purchases", "searches", "accepted", "machine_clicks")


def absorb(profile: Profile, other: Profile, event_id: str, step: Step, world: World) -> None:
    """Take an anonymous profile into the subscriber's.

    Args:
        event_id: The `merge` that brought it.
    """
    samples.absorb(profile, other)
    _supersede(profile, other, step, world)
    could_be_mailed = reachable(profile, world)
    _absorb_audience(profile, other, world)
    for name in _NEWEST:
        setattr(profile, name, max(getattr(profile, name), getattr(other, name)))
    for name in _ADDED:
        setattr(profile, name, getattr(profile, name) + getattr(other, name))
    if other.first_ms and not 0 < profile.first_ms <= other.first_ms:
        profile.first_ms = other.first_ms
    _absorb_likes(profile, other)
    for product_id, at_ms in other.viewed.items():
        note_seen(profile.viewed, product_id, at_ms, bounds.VIEWED)
    for product_id, at_ms in other.bought.items():
        note_seen(profile.bought, product_id, at_ms, bounds.BOUGHT)
        notice.no_longer(product_id, at_ms, profile, step)
    for milestone, at_ms in other.milestones.items():
        note_seen(profile.milestones, milestone, at_ms, bounds.MILESTONES)
    profile.revenue = bounds.money(profile.revenue + other.revenue)
    _absorb_cart(profile, other)
    for message in other.messages:
        remember(profile, message)
    profile.past().mailed = (other.past().mailed + profile.past().mailed)[-bounds.MAILED :]
    _absorb_flow_mails(profile, other)
    _absorb_withdrawals(profile, other, step)
    if could_be_mailed and not reachable(profile, world):
        waits.unlist_all(profile, step)
    reorders.absorb(other, profile)
    waits.absorb(other, profile, step, world)
    notice.loves(max(profile.last_ms, other.last_ms), profile, step, world)
    profile.time_zone = profile.time_zone or other.time_zone
    profile.locale = profile.locale or other.locale
    _absorb_suppression(profile, other)
    if other.past().choices:
        choices.absorb(profile, other)
        show_choices(profile, step)
    profile.weights = profile.weights or other.weights
    refunds.absorb(other.past().orders, event_id, profile, step, world.policy)
    _absorb_flows(profile, other, step, world, could_be_mailed=could_be_mailed)


def _supersede(profile: Profile, other: Profile, step: Step, world: World) -> None:
    """What they did namelessly ends the subscriber's mails under way, too."""
    for happened, at_ms in _what_ends_flows(other):
        flows = world.programme.ended_by.get(happened, ())
        superseding.supersede(flows, at_ms, profile, step, world)


_RECENT = ("recent_browses", "recent_carts", "recent_clicks", "recent_searches")


def _absorb_audience(profile: Profile, other: Profile, world: World) -> None:
    """What segments are made of; called before the newest times are taken over."""
    for name in _RECENT:
        setattr(profile, name, recent.merged(getattr(profile, name), getattr(other, name)))
    if other.last_category and other.last_browse_ms >= profile.last_browse_ms:
        profile.last_category = other.last_category
    attributes.merge(profile, other)
    profile.cluster = profile.cluster if profile.cluster >= 0 else other.cluster
    if not profile.first_ms:  # nothing was known of them: they become, by this, what they are
        profile.segments_of = world.programme.segments.fingerprint


_OF_THE_SUBSCRIBER = frozenset(
    {Trigger.REACHABLE, Trigger.CAMPAIGN, Trigger.REPLENISHMENT, Trigger.OPT_IN}
)
"""What starts for a subscriber by itself, or was for an address that may not be theirs."""


def _absorb_flows(
    profile: Profile, other: Profile, step: Step, world: World, *, could_be_mailed: bool
) -> None:
    """Start what waited, and tell of what has come, by what had been decided under either name.

    Last of all: these may decide, and a decision looks at everything else that is taken over.
    """
    for name, decided_ms in other.flows.items():
        if name in world.programme.flows:
            profile.flows[name] = max(decided_ms, profile.flows.get(name, 0))
    _start_flows(profile, other, step, world)
    reorders.plan(profile, step, world)
    if could_be_mailed and reachable(profile, world):
        arrive.catch_up(profile, step, world)


def _start_flows(profile: Profile, other: Profile, step: Step, world: World) -> None:
    for name in sorted(other.armed):
        flow = world.programme.flows.get(name)
        if flow is None or flow.trigger in _OF_THE_SUBSCRIBER:
            continue
        if flow.trigger in WAITED_FOR:
            arrive.take_up(flow, other.armed[name], profile, step, world)
        else:
            start_flow(flow, other.armed[name], profile, step, world)


def _absorb_likes(profile: Profile, other: Profile) -> None:
    for name in ("activity", "revenue_level"):
        setattr(profile, name, decay.merged(getattr(profile, name), getattr(other, name)))
    for category, level in other.categories.items():
        own = profile.categories.get(category, decay.EMPTY)
        profile.categories[category] = decay.merged(own, level)
    while len(profile.categories) > bounds.CATEGORIES:
        levels = profile.categories
        del levels[min(levels, key=lambda name: (levels[name], name))]
    profile.visits = (other.visits + profile.visits)[-bounds.HOURS :]
    profile.reads = (other.reads + profile.reads)[-bounds.HOURS :]
    seen = profile.price_seen + other.price_seen
    if seen:
        share = other.price_seen / seen
        profile.price_mean += share * (other.price_mean - profile.price_mean)
        profile.price_spread += share * (other.price_spread - profile.price_spread)
        profile.price_seen = min(seen, 1_000)


def _absorb_flow_mails(profile: Profile, other: Profile) -> None:
    """Have caps of flows count the mails of both."""
    kept = profile.past().flow_mails
    for name, times in other.past().flow_mails.items():
        kept[name] = sorted([*kept.get(name, ()), *times])[-bounds.FLOW_MAILS :]


def _absorb_withdrawals(profile: Profile, other: Profile, step: Step) -> None:
    """Take withdrawals over, also of what isn't known yet: an older opt-in may be on its way."""
    for purpose, consent in other.consent.items():
        own = profile.consent.get(purpose)
        if own is None:
            newest = len(profile.consent) < bounds.PURPOSES
        else:
            newest = consent.at_ms >= own.at_ms
        if newest and not consent.granted:
            withdraw(purpose, consent.at_ms, profile, step)


def _absorb_suppression(profile: Profile, other: Profile) -> None:
    """A complaint stays, whatever else rules out mail: another address doesn't end it."""
    past = profile.past()
    past.bounced_ms = max(past.bounced_ms, other.past().bounced_ms)
    if not other.suppressed:
        return
    if not profile.suppressed or other.suppressed == "complained":
        profile.suppressed = other.suppressed
    profile.suppressed_ms = max(profile.suppressed_ms, other.suppressed_ms)


def _absorb_cart(profile: Profile, other: Profile) -> None:
    for item in other.cart:
        if item.at_ms > profile.last_purchase_ms:
            add(profile, item.product_id, item.quantity, item.price, item.at_ms)
    if profile.cart:
        profile.checkout_ms = max(profile.checkout_ms, other.checkout_ms)
