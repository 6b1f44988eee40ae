"""The arms of a decision moment, the models as they stood, and what the decision obeys."""

from collections.abc import Mapping
from functools import lru_cache

from models.decision.arms import HOLD
from models.decision.moment import Candidate, Config, Models
from models.decision.outlook import Priors, Variants
from models.decision.worth import Chances, Prices
from models.learning.linear import log_odds_of
from models.learning.population import Population
from models.programme.flow_parts import MessageChoice
from models.programme.flows import Flow, Programme
from models.slots.fill import NOTHING, Showing
from models.slots.needs import Need
from models.world import PolicySettings, World

NOTHING_LEARNED = Population()
_NEVER = (-30.0, 0.0)
_NO_PRICES = Prices(0.0, 0.0, 0.0, 0.0, 0.0)


def candidates(
    flow: Flow, seen: Mapping[str, float], world: World, shown: list[dict[str, Showing]]
) -> list[Candidate]:
    """All arms, holding first.

    Args:
        flow: Whose messages they are.
        seen: The features at this moment, by name.
        world: The programme and the models.
        shown: What each message shows by offer; empty where rules leave no mail.
    """
    population = world.population if world.policy.learning else NOTHING_LEARNED
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


def models_of(world: World, weights: Mapping[str, float]) -> Models:
    """The models as they stand, and the person's own weights; none where models are off."""
    if not world.policy.learning:
        return Models(False, {}, "off", "off")  # noqa: FBT003 - a field by position
    return Models(True, dict(weights), world.population.version, world.intent.version)  # noqa: FBT003


def config_of(flow: Flow, programme: Programme, policy: PolicySettings) -> Config:
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
        kind=flow.kind.value,
        stream=flow.stream,
        topic=flow.topic,
        resend_unknown=flow.resend_unknown,
    )
