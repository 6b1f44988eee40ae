"""What the beliefs about everybody are asked: inputs that say of a person, an arm and an hour.

Each in two parts, added up: the person's, which is the same for every arm of a moment and asked
once, and the arm's own.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

from models.step import Record

HOURS, SOON = 0.5, 2.0
"""Hours of the day differ less than arms do, and how far a person keeps to theirs more."""
_PERSON = 1.0 / 3.0
"""What is known of people differs in what it says of their clicks by a third of what arms do: there
are so many inputs of it that chance would otherwise tell people apart (docs/simulation.md)."""

_ORDER_FEATURES = ("cart_value", "affinity", "ever_bought")
_LEAVE_FEATURES = ("click_rate", "affinity", "active")


@lru_cache(maxsize=4_096)
def arm(name: str, flow: str, discount: float) -> Mapping[str, float]:
    """What an arm is, the same for everybody."""
    kind, _, offer = name.partition("/")
    found = {f"{flow}|{name}": 1.0, f"type:{kind}": 1.0}
    if offer != "none":
        found["offer"] = 1.0
        found["discount"] = 10.0 * discount
    return found


def variant(flow: str, kind: str, slot: str, name: str) -> str:
    """Names a variant in a slot of a message, the same for everybody and with every offer."""
    return f"{flow}|{kind}|{slot}:{name}"


def worded(flow: str, arm: str, slots: Sequence[Record]) -> dict[str, float]:
    """What the variants that a mail was sent with are.

    Each variant against the chance it had: 1 for the one sent and 0 for the others, less their
    probabilities. What is common to the mails of a message is then no variant's, however unevenly
    they were drawn.

    Args:
        slots: As an outcome record has them.
    """
    found: dict[str, float] = {}
    kind = arm.partition("/")[0]
    for drawn in sorted(slots, key=itemgetter("slot")):  # sums follow the order
        for name, share in sorted(drawn["variants"].items()):
            named = variant(flow, kind, drawn["slot"], name)
            found[named] = float(name == drawn["variant"]) - share
    return found


def hours_of(hour: float) -> str:
    """Names the two hours of the day that a feature `hour` is in."""
    # The features are rounded: a thousandth stands for the full hour that it is nearest to.
    return f"hours:{int(hour * 12.0 + 0.0075):02d}"


def when(seen: Mapping[str, float]) -> dict[str, float]:
    """What the time of arrival says."""
    soon = SOON * seen.get("looks_soon", 0.0)
    return {"looks_soon": soon, hours_of(seen.get("hour", 0.0)): HOURS}


def click(seen: Mapping[str, float]) -> dict[str, float]:
    """The person's part of whether a mail is clicked."""
    inputs = {name: _PERSON * amount for name, amount in seen.items() if name != "hour"}
    inputs.update(when(seen))
    return inputs


def click_arm(seen: Mapping[str, float], arm: Mapping[str, float]) -> Mapping[str, float]:
    """The arm's part of it."""
    if "discount" not in arm:
        return arm
    waits_for_offers = arm["discount"] * seen.get("offer_affinity", 0.0)
    return {**arm, "discount|offer_affinity": waits_for_offers}


def order(seen: Mapping[str, float]) -> dict[str, float]:
    """The person's part of whether a click brings an order."""
    # What all mails have in common is the least sure of what a programme assumes.
    return {**{name: seen.get(name, 0.0) for name in _ORDER_FEATURES}, "always": 2.0}


def order_arm(arm: Mapping[str, float]) -> Mapping[str, float]:
    """The arm's part of it."""
    return {**arm, "offer": 2.0} if "offer" in arm else arm


def leave(seen: Mapping[str, float]) -> dict[str, float]:
    """The person's part of whether a mail loses its reader."""
    # How much mails annoy, each on top of the others, is what differs most between lists.
    tires = 3.0 * seen.get("mails_this_week", 0.0)
    known = {name: seen.get(name, 0.0) for name in _LEAVE_FEATURES}
    return {**known, "always": 2.0, "mails_this_week": tires}


def unasked(seen: Mapping[str, float], flow: str) -> dict[str, float]:
    """Whether an order comes without any mail."""
    inputs = {**seen, f"flow:{flow}": 1.0}
    inputs.pop("hour", None)
    return inputs
