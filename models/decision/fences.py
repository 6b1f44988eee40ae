"""What rules a mail out, or an offer, each with its code. Holding is never ruled out.

| code | meaning |
|---|---|
| `no_contact` | no address is known |
| `no_consent` | consent for the programme's purpose doesn't stand; not of what is owed |
| `suppressed` | a hard bounce; of marketing a complaint or the sender's suppression list, too |
| `paused_by_person` | they want no marketing before some day |
| `topic_off` | they turned the flow's topic off |
| `not_personal` | it is about what they did, and they don't want mails to follow from that |
| `unengaged` | they were mailed a lot and have done nothing for long; not of winning them back |
| `too_late` | the flow's window has passed |
| `quiet_hours` | it is quiet time where the person lives |
| `cap_day`, `cap_week` | enough mails were delivered or are under way |
| `frequency` | they had a mail within the time that they chose |
| `cap_flow` | enough mails of this flow were, in the time that its own cap is for |
| `out_of_stock` | nothing that the mail would show is in stock |
| `recently_bought` | what is in stock of it was bought lately |
| `offer_ended` | only mails with that offer: it has ended |
| `code_budget` | only mails with that offer: as many codes as it may give are given |
| `no_code` | only mails with that offer: no code is left that is good for long enough |
| `no_prior_price` | the lowest price of the 30 days before a lower one isn't known |
| `price_not_lower` | the price is not below the lowest of the 30 days before it (any more) |
| `segment` | the flow isn't for the segments the person is in; of a candidate, its message isn't |
| `discount_budget` | only mails with an offer: what offers may take off in a week is taken off |
"""

from collections.abc import Callable, Sequence

from models.decision.moment import UNKNOWN_PRICE, Candidate, Config, Facts
from models.programme.flow_parts import covers

Fence = Callable[[Facts, Config], bool]


def _quiet(facts: Facts, config: Config) -> bool:
    return bool(config.quiet) and covers(config.quiet[0], config.quiet[1], facts.minute)


def _out_of_stock(facts: Facts, _: Config) -> bool:
    return bool(facts.shown) and all(product.sold_out for product in facts.shown)


def _recently_bought(facts: Facts, _: Config) -> bool:
    there = [product for product in facts.shown if not product.sold_out]
    return bool(there) and all(product.bought for product in there)


SEGMENT = "segment"
"""Rules out a flow's mails, or single candidates, by whom they are for."""


def _outside(facts: Facts, audience: Config | Candidate) -> bool:
    """Whether something isn't for the segments that the person is in."""
    only, segments = audience.only, facts.segments
    if only and not any(name in segments for name in only):
        return True
    return any(name in segments for name in audience.but)


_PERSONAL: tuple[tuple[str, Fence], ...] = (
    ("no_contact", lambda facts, _: not facts.has_address),
    ("no_consent", lambda facts, config: not (facts.consent or config.owed)),
    ("suppressed", lambda facts, _: bool(facts.suppressed)),
)
"""Nobody may write to this person at all."""
_OF_THE_MOMENT: tuple[tuple[str, Fence], ...] = (
    ("paused_by_person", lambda facts, _: facts.paused),
    ("topic_off", lambda facts, _: facts.topic_off),
    ("not_personal", lambda facts, _: facts.about_person),
    ("unengaged", lambda facts, _: facts.unengaged),
    (SEGMENT, _outside),
    ("too_late", lambda facts, config: facts.late_ms > config.window_ms),
    ("quiet_hours", _quiet),
    ("cap_day", lambda facts, config: bool(config.caps) and facts.mails_day >= config.caps[0]),
    ("cap_week", lambda facts, config: bool(config.caps) and facts.mails_week >= config.caps[1]),
    ("frequency", lambda facts, _: facts.too_often),
    ("cap_flow", lambda facts, config: 0 < config.at_most <= facts.flow_mails),
    ("out_of_stock", _out_of_stock),
    ("recently_bought", _recently_bought),
    ("no_prior_price", lambda facts, _: facts.prior_price == UNKNOWN_PRICE),
    ("price_not_lower", lambda facts, _: 0.0 < facts.prior_price <= facts.price),
)
FENCES = _PERSONAL + _OF_THE_MOMENT
"""In the order in which they are named: the gravest first."""


DISCOUNT_BUDGET = "discount_budget"
"""Rules out candidates that take something off, and none else."""


def barred(candidates: Sequence[Candidate], facts: Facts) -> dict[int, str]:
    """The candidates that are ruled out while others aren't, by place, each with its code."""
    found: dict[int, str] = {}
    fenced = {seen.offer: seen.fence for seen in facts.offers if seen.fence}
    for place, candidate in enumerate(candidates):
        if (candidate.only or candidate.but) and _outside(facts, candidate):
            found[place] = SEGMENT
        elif candidate.offer in fenced:
            found[place] = fenced[candidate.offer]
        elif facts.offers_spent and candidate.discount_percent:
            found[place] = DISCOUNT_BUDGET
    return found


def unwelcome(facts: Facts, config: Config) -> bool:
    """Whether nobody may write to this person at all: then nothing else is looked at."""
    agreed = facts.consent or config.owed
    return bool(facts.suppressed) or not (agreed and facts.has_address)


def closed(facts: Facts, config: Config) -> bool:
    """Whether any fence rules mail out at this moment."""
    if unwelcome(facts, config):
        return True
    for _, ruled_out in _OF_THE_MOMENT:  # noqa: SIM110 - a generator costs as much as the fences
        if ruled_out(facts, config):
            return True
    return False


def hit(facts: Facts, config: Config) -> list[str]:
    """Codes of all fences that rule mail out at this moment, gravest first; empty if none.

    Where nobody may write to the person, only why.
    """
    fences = _PERSONAL if unwelcome(facts, config) else _OF_THE_MOMENT
    return [code for code, ruled_out in fences if ruled_out(facts, config)]
