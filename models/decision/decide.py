"""The decision: a pure function of a moment and a seed.

Rules fence, models score what is left, and one arm is drawn, holding included, with a probability
that is logged; then, where the mail has slots, a variant of each. No I/O, no clock, no state: the
same moment and seed give the same record.
"""

from collections.abc import Collection, Mapping
from hashlib import blake2b
from math import sqrt

from msgspec import structs
from msgspec.structs import replace

from models.decision import fences, policy, wording, worth
from models.decision import moment as moments
from models.decision.arms import HOLD
from models.decision.content import SHOWN
from models.decision.features import (
    ARM_DISCOUNT,
    ARM_LEAN,
    CLICK,
    EXPECTED_CLICK,
    EXPECTED_LEAVE,
    EXPECTED_ORDER,
    EXPECTED_UNASKED,
    LEAVE,
    ORDER,
    UNASKED,
    named,
)
from models.decision.moment import Candidate, Moment
from models.decision.worth import Chances
from models.learning import response
from models.person.profile import VERSION as PROFILE_VERSION
from models.step import Record

POLICY_VERSION = "6"


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


def _mails(moment: Moment) -> list[Chances]:
    """What may follow each candidate, the person's own model included."""
    if not moment.models.weights:  # a newcomer is as everybody
        return [candidate.chances for candidate in moment.candidates]
    person = response.Response(moment.models.weights)
    found = []
    for candidate in moment.candidates:
        chances = candidate.chances
        if candidate.arm != HOLD:
            click = person.log_odds(candidate.arm, chances.click[0])
            chances = replace(chances, click=(click, chances.click[1]))
        found.append(chances)
    return found


def _worth(moment: Moment, index: int, chances: Chances) -> worth.Worth:
    """What an arm is worth; holding is worth 0 for sure."""
    candidate = moment.candidates[index]
    if candidate.arm == HOLD:
        return worth.NOTHING
    return worth.of_mail(chances, moment.config.prices, candidate.discount_percent / 100.0)


def _choices(
    moment: Moment, chances: list[Chances], barred: Collection[int]
) -> tuple[list[float], list[float]]:
    """Value and probability of every candidate, then of every hour; something may be mailed.

    Args:
        barred: Places of the candidates that are ruled out; they have probability 0.
    """
    config, hours = moment.config, moment.hours
    worths = [_worth(moment, i, c) for i, c in enumerate(chances)]
    if not moment.models.learning:
        # What any mailing rule does: the first mail that nothing rules out.
        values = [found.value for found in worths]
        mostly = policy.mostly(1, len(values) - len(barred), config.exploration)
        return values, _with_barred(mostly, barred)
    mails = [i for i in range(1, len(worths)) if i not in barred]
    best = max(mails, key=lambda i: worths[i].value)
    later = [worths[best].at(hour.shift) for hour in hours]
    unsure = [by * sqrt(hour.variance) for (_, by), hour in zip(later, hours, strict=True)]
    # Of many hours one looks better by luck: only what is sure of it makes mailing worth more.
    sure = (value - doubt for (value, _), doubt in zip(later, unsure, strict=True))
    gain = max([worths[best].value, *sure]) - worths[best].value
    timed = [worths[i].value + gain for i in mails]
    whether = policy.whether(timed, [config.width * worths[i].doubt for i in mails])
    times = [worths[best].value, *(value for value, _ in later)]
    when = policy.about_the_best(times, [0.0, *(config.width * doubt for doubt in unsure)])
    acts = 1.0 - whether[0]
    shares = [
        whether[0],
        *(share * when[0] for share in whether[1:]),
        *(acts * share for share in when[1:]),
    ]
    values = [*(found.value for found in worths), *times[1:]]
    return values, _with_barred(policy.explored(shares, config.exploration), barred)


def _with_barred(shares: list[float], barred: Collection[int]) -> list[float]:
    """Probabilities of what is left, with a 0 in every place that is ruled out."""
    for place in sorted(barred):
        shares.insert(place, 0.0)
    return shares


def _content(moment: Moment, chosen: Candidate, words: wording.Drawn) -> dict[str, str]:
    facts = moment.facts
    if moment.config.owed:
        return dict(facts.told)
    products, filled = moments.showable(facts), chosen.filled
    if filled.products:
        products = products[:SHOWN]
    else:
        products = [shown for shown in products if shown.product_id == filled.hero]
    found = {
        "products": ",".join(shown.product_id for shown in products),
        "product_sources": ",".join(shown.source for shown in products if shown.source),
        "category": facts.category,
        "about": facts.about,
    }
    if facts.prior_price > 0.0:
        found["price"], found["price_lowest_30d"] = repr(facts.price), repr(facts.prior_price)
    if chosen.discount_percent:
        found["discount_percent"] = f"{chosen.discount_percent:g}"
    found |= filled.content()
    offer = moments.offer_seen(moment.facts, chosen.offer)
    if offer.code:
        found["code"] = offer.code
        found["code_expires"] = offer.code_last_day
    found["offer_ends"] = offer.last_day
    for drawn in words.records:
        found[drawn["slot"]] = drawn["variant"]
    return {slot: choice for slot, choice in found.items() if choice}


def _features(
    seen: dict[str, float], chosen: Candidate, expected: Chances, words: wording.Drawn
) -> dict[str, float]:
    priors = chosen.priors
    return {
        **seen,
        CLICK: round(priors.click, 3),
        ORDER: round(priors.order, 3),
        LEAVE: round(priors.leave, 3),
        UNASKED: round(priors.unasked, 3),
        ARM_LEAN: round(chosen.chances.click[0] + words.added, 3),
        ARM_DISCOUNT: chosen.discount_percent / 100.0,
        EXPECTED_CLICK: expected.click[0] + words.added,
        EXPECTED_ORDER: expected.order[0],
        EXPECTED_LEAVE: expected.leave[0],
        EXPECTED_UNASKED: expected.unasked[0],
    }


def decide(moment: Moment, seed: int) -> Record:
    """Decide what is best now, or to hold.

    Args:
        moment: The person's facts, the candidates, the models, the configuration, the time and the
            trigger; `models.decision.look` gathers it.
        seed: 64 random bits; `seed_of(moment)` in operation.

    Returns:
        A `decision` record. Its candidates carry the fence that ruled them out, or their score and
        propensity; its `replay` holds the moment.
    """
    facts, config, candidates = moment.facts, moment.config, moment.candidates
    seen = named(facts.features)
    codes = fences.hit(facts, config)
    barred = fences.barred(candidates, facts)
    expected = _mails(moment)
    arms = [candidate.arm for candidate in candidates]
    arms += [hour.arm for hour in moment.hours]
    if codes or len(candidates) - len(barred) == 1:  # no mail is left
        values, chances = [0.0] * len(arms), [0.0] * len(arms)
        chances[0] = 1.0
        allowed = {0}
    else:
        values, chances = _choices(moment, expected, barred)
        allowed = set(range(len(arms))).difference(barred)
    drawn = policy.draw(chances, seed)
    waits = drawn >= len(candidates)
    # A wait leaves the rest open; it is recorded as holding until then.
    chosen = candidates[0 if waits else drawn]
    words = wording.draw(chosen.slots, moment, seed) if chosen.slots else wording.AS_IT_IS
    identity = decision_id(moment)
    only_holds = len(allowed) == 1 and not codes
    reasons = codes or (list(dict.fromkeys(barred.values())) if only_holds else []) or ["chosen"]
    sends = chosen.arm != HOLD
    return {
        "decision_id": identity,
        "episode_id": moment.episode or identity,
        "subscriber_id": moment.subscriber,
        "decided_at": moment.now_ms,
        "expires_at": moment.now_ms + _lifetime_ms(moment, chosen) if sends else moment.now_ms,
        "action": "send" if sends else "wait" if waits else "hold",
        "arm": arms[drawn],
        "wait_until": moment.hours[drawn - len(candidates)].until_ms if waits else 0,
        "flow": config.flow,
        "goal": config.goal,
        "message_type": chosen.type,
        "message": chosen.template,
        "offer": chosen.offer,
        "content": _content(moment, chosen, words) if sends else {},
        "slots": list(words.records),
        "trigger": {
            "kind": moment.trigger.kind,
            "id": moment.trigger.id,
            "at": moment.trigger.at_ms,
        },
        "reasons": reasons,
        "features": _features(seen, chosen, expected[0 if waits else drawn], words),
        "candidates": [
            {
                "arm": arm,
                "fence": None if index in allowed else _fence(index, codes, barred, reasons),
                "score": values[index],
                "propensity": chances[index],
            }
            for index, arm in enumerate(arms)
        ],
        "propensity": chances[drawn],
        "versions": {
            "population": moment.models.population,
            "programme": config.programme,
            "profile": str(PROFILE_VERSION),
            "policy": POLICY_VERSION,
            "intent": moment.models.intent,
        },
        "intent": structs.asdict(facts.intent) if facts.intent else None,
        "replay": moments.to_bytes(moment),
        "segments": facts.segments,
        "attributes": facts.attributes,
        "kind": config.kind,
        "stream": config.stream,
        "topic": config.topic or None,
        "resend_unknown": config.resend_unknown,
        "engagement": facts.engagement,
        "cluster": facts.cluster,
    }


def _fence(index: int, codes: list[str], barred: Mapping[int, str], reasons: list[str]) -> str:
    """What ruled an arm out: the gravest fence, its own, or what left no mail to put off."""
    return codes[0] if codes else barred.get(index, reasons[0])


def _lifetime_ms(moment: Moment, chosen: Candidate) -> int:
    """How long the mail may still leave.

    As the flow says, never into its quiet hours, and not after its offer has ended.
    """
    lifetime_ms, quiet_in_ms = moment.config.expires_ms, moment.facts.quiet_in_ms
    if quiet_in_ms >= 0:
        lifetime_ms = min(lifetime_ms, quiet_in_ms)
    ends_ms = moments.offer_seen(moment.facts, chosen.offer).ends_ms
    return min(lifetime_ms, ends_ms - moment.now_ms) if ends_ms else lifetime_ms
