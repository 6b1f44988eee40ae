"""The decision: a pure function of a moment and a seed.

Rules fence, models score what is left, and one arm is drawn, holding included, with a probability
that is logged. No I/O, no clock, no state: the same moment and seed give the same record.
"""

from hashlib import blake2b

from models import fences, policy, response
from models import moment as moments
from models.content import SHOWN
from models.features import ARM_LEAN, ARM_PRIOR, named
from models.linear import probability
from models.moment import Candidate, Moment
from models.population import HOLD
from models.profile import VERSION as PROFILE_VERSION
from models.step import Record

POLICY_VERSION = "1"

_RULED_OUT = (0.0, 0.0)


def _digest(moment: Moment, person: bytes, size_bytes: int) -> bytes:
    trigger = moment.trigger
    parts = [moment.subscriber, moment.config.flow, trigger.kind, trigger.id]
    if trigger.kind == "timer":
        parts.append(str(trigger.at_ms))
    text = "\0".join(parts).encode()
    return blake2b(text, digest_size=size_bytes, person=person).digest()


def decision_id(moment: Moment) -> str:
    """The decision's id, 32 hex digits: from subscriber, flow and trigger, with a timer's due time.

    The same trigger gives the same id however often it is decided.
    """
    return _digest(moment, b"decision", 16).hex()


def seed_of(moment: Moment) -> int:
    """The 64 random bits that belong to this trigger."""
    return int.from_bytes(_digest(moment, b"seed", 8), "big")


def _value(candidate: Candidate, chance: float) -> float:
    return chance * candidate.gain + (1.0 - chance) * candidate.loss


def _scores(moment: Moment, seen: dict[str, float], arms: list[int]) -> list[float]:
    person = response.Response(moment.models.weights, seen)
    scores = []
    for arm in arms:
        candidate = moment.candidates[arm]
        chance = probability(person.log_odds(candidate.arm, candidate.lean / 1000.0))
        scores.append(_value(candidate, chance))
    return scores


def _content(moment: Moment, chosen: Candidate) -> dict[str, str]:
    facts = moment.facts
    good = [s.product_id for s in facts.shown if not s.sold_out and not s.bought]
    found = {"products": ",".join(good[:SHOWN]), "category": facts.category}
    if chosen.discount_percent:
        found["discount_percent"] = f"{chosen.discount_percent:g}"
    return {slot: choice for slot, choice in found.items() if choice}


def decide(moment: Moment, seed: int) -> Record:
    """Decide what is best now, or to hold.

    Args:
        moment: The person's facts, the candidates, the models, the configuration, the time and the
            trigger; see `models.moment.look`.
        seed: 64 random bits; `seed_of(moment)` in operation.

    Returns:
        A `decision` record. Its candidates carry the fence that ruled them out, or their score and
        propensity; its `replay` holds the moment.
    """
    facts, config = moment.facts, moment.config
    seen = named(facts.features)
    codes = fences.hit(facts, config)
    allowed = [i for i, c in enumerate(moment.candidates) if c.arm == HOLD or not codes]
    scores = _scores(moment, seen, allowed)
    chances = [1.0]
    if len(allowed) > 1:
        chances = policy.propensities(
            scores, moment.models.typical_gain, config.temperature, config.exploration
        )
    drawn = policy.draw(chances, seed)
    chosen = moment.candidates[allowed[drawn]]
    found = dict(zip(allowed, zip(scores, chances, strict=True), strict=True))
    identity = decision_id(moment)
    sends = chosen.arm != HOLD
    return {
        "decision_id": identity,
        "episode_id": identity,
        "subscriber_id": moment.subscriber,
        "decided_at": moment.now_ms,
        "expires_at": moment.now_ms + _lifetime_ms(moment) if sends else moment.now_ms,
        "action": "send" if sends else "hold",
        "arm": chosen.arm,
        "flow": config.flow,
        "goal": config.goal,
        "message_type": chosen.type,
        "message": chosen.template,
        "offer": chosen.offer,
        "content": _content(moment, chosen) if sends else {},
        "trigger": {
            "kind": moment.trigger.kind,
            "id": moment.trigger.id,
            "at": moment.trigger.at_ms,
        },
        "reasons": codes or ["chosen"],
        "features": {
            **seen,
            ARM_PRIOR: chosen.prior / 1000.0,
            ARM_LEAN: chosen.lean / 1000.0,
        },
        "candidates": [
            {
                "arm": candidate.arm,
                "fence": None if index in found else codes[0],
                "score": found.get(index, _RULED_OUT)[0],
                "propensity": found.get(index, _RULED_OUT)[1],
            }
            for index, candidate in enumerate(moment.candidates)
        ],
        "propensity": chances[drawn],
        "versions": {
            "population": moment.models.population,
            "programme": config.programme,
            "profile": str(PROFILE_VERSION),
            "policy": POLICY_VERSION,
        },
        "replay": moments.to_bytes(moment),
    }


def _lifetime_ms(moment: Moment) -> int:
    """How long the mail may still leave: as the flow says, and never into its quiet hours."""
    quiet_in_ms = moment.facts.quiet_in_ms
    lifetime_ms = moment.config.expires_ms
    return lifetime_ms if quiet_in_ms < 0 else min(lifetime_ms, quiet_in_ms)
