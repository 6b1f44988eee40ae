"""What a message shows one person at one moment, and what is true for its wordings."""

from typing import Final, NamedTuple

from msgspec.structs import replace

from models import localtime
from models.decision.moment import Facts, good, offer_seen
from models.person.profile import Profile
from models.programme.flow_parts import MessageChoice
from models.programme.flows import Flow
from models.slots.action import action_of
from models.slots.article import article_for
from models.slots.filled import AS_USUAL, Filled
from models.slots.hero import ends_soon, hero_of, low_stock
from models.slots.needs import SHOWS, Need, Show
from models.slots.review import review_for
from models.world import World


class Showing(NamedTuple):
    """What a message shows, and which needs of its wordings are met."""

    filled: Filled
    met: frozenset[Need]


NOTHING: Final = Showing(AS_USUAL, frozenset())
"""Of a message that can't be sent."""


def showing(
    message: MessageChoice, flow: Flow, facts: Facts, profile: Profile, now_ms: int, world: World
) -> dict[str, Showing]:
    """What a message shows the person with each of its offers, and what is true for its wordings.

    Args:
        message: The message, which says what it shows.
        flow: Its flow.
        facts: What the decision sees; mail is allowed.
        profile: The person.
        now_ms: The moment, epoch milliseconds.
        world: Programme and catalog.
    """
    usual = message.shows == SHOWS
    filled = AS_USUAL if usual else _filled(message, flow, facts, profile, now_ms, world)
    found = {}
    for offer in message.offers:
        ends_ms = offer_seen(facts, offer).ends_ms or None
        soon_ms = ends_soon(ends_ms, now_ms, now_ms + flow.expires_ms, world.programme.ends_soon_ms)
        here = replace(filled, offer_ends_ms=soon_ms) if soon_ms else filled
        found[offer] = Showing(here, here.meets(facts.category, has_name=profile.past().has_name))
    return found


def _filled(
    message: MessageChoice, flow: Flow, facts: Facts, profile: Profile, now_ms: int, world: World
) -> Filled:
    shows, catalog = message.shows, world.catalog
    until_ms = now_ms + flow.expires_ms
    products = good(facts)
    lead = hero_of(products, catalog)
    hero = catalog.find(lead)
    article = article_for(hero, profile, catalog, now_ms, until_ms) if Show.ARTICLE in shows else ""
    hurry = hero if Show.HERO in shows else None
    ends_at = hurry.ends_at if hurry else None
    ends_ms = ends_soon(ends_at, now_ms, until_ms, world.programme.ends_soon_ms)
    time_zone = localtime.usable(profile.time_zone, world.programme.time_zone)
    return Filled(
        hero=lead if Show.HERO in shows else "",
        article=article,
        review=review_for([lead, *products], profile, catalog) if Show.PROOF in shows else "",
        action=str(action_of(shows, article, profile, now_ms)) if Show.ACTION in shows else "",
        products=Show.PRODUCTS in shows,
        low_stock=low_stock(hurry, world.programme.low_stock) if hurry else 0,
        ends_ms=ends_ms,
        ends_on=localtime.last_day(ends_ms, time_zone) if ends_ms else "",
    )
