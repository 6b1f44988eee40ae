"""What the beliefs about everybody say of one moment: of each arm, and of arriving later."""

from collections.abc import Mapping

import msgspec

from models.belief import Belief
from models.decision.worth import Chances
from models.learning import inputs
from models.programme.flow_parts import MessageChoice
from models.slots.needs import Need

_MOST = 30.0
"""Log-odds are held within this."""


class Priors(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Log-odds that the programme expects; `models.decision.worth.Chances` says which."""

    click: float
    order: float
    leave: float
    unasked: float


class Variants(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A slot of a mail, and what the belief of clicks says of each of its variants.

    Attributes:
        names: The variants that would be true, in the order of the programme.
        clicks: Log-odds of a click, known but for what is common to all, and the variance of that
            belief.
        needs: What must be true for each; empty where nothing need be for any.
    """

    slot: str
    names: tuple[str, ...]
    clicks: list[tuple[float, float]]
    needs: tuple[tuple[str, ...], ...] = ()


class Later:
    """What arriving at another hour changes; see `Population.later`."""

    def __init__(self, click: Belief, now: Mapping[str, float]) -> None:
        self._click, self._soon = click, now.get("looks_soon", 0.0)
        self._hours = inputs.hours_of(now.get("hour", 0.0))
        self._when = click.sums({"looks_soon": 1.0}), click.sums({self._hours: 1.0})

    def shift(self, looks_soon: float, hour: float) -> tuple[float, float]:
        """By how much the log-odds of a click are higher then, and the variance of that belief.

        Args:
            looks_soon: The feature as it will be then; `hour` as well.
        """
        (by_rhythm, doubt), (now, doubt_now) = self._when
        change = inputs.SOON * (looks_soon - self._soon)
        mean, variance = by_rhythm * change, doubt * change * change
        hours = inputs.hours_of(hour)
        if hours != self._hours:
            then, doubt_then = self._click.sums({hours: 1.0})
            mean += inputs.HOURS * (then - now)
            variance += inputs.HOURS * inputs.HOURS * (doubt_then + doubt_now)
        return min(max(mean, -_MOST), _MOST), variance


class Outlook:
    """What a population model says of one moment; see `Population.outlook`.

    Attributes:
        unasked: Log-odds of an order in the window without any mail, and their variance.
    """

    def __init__(
        self,
        beliefs: Mapping[str, Belief],
        seen: Mapping[str, float],
        flow: str,
        unasked: tuple[float, float],
    ) -> None:
        self._beliefs, self._seen, self._flow = beliefs, seen, flow
        self.unasked = unasked
        self._click = beliefs["click"].sums(inputs.click(seen))
        self._order = beliefs["order"].sums(inputs.order(seen))
        self._leave = beliefs["leave"].sums(inputs.leave(seen))

    def chances(self, arm: str, discount: float, priors: Priors) -> Chances:
        """What may follow a mail.

        Args:
            arm: The candidate.
            discount: Share that its offer takes off, 0 to 1.
            priors: What the programme expects.
        """
        own, beliefs = inputs.arm(arm, self._flow, discount), self._beliefs
        return Chances(
            beliefs["click"].chance(inputs.click_arm(self._seen, own), priors.click, self._click),
            beliefs["order"].chance(inputs.order_arm(own), priors.order, self._order),
            beliefs["leave"].chance(own, priors.leave, self._leave),
            self.unasked,
        )

    def variants(
        self, message: MessageChoice, met: frozenset[Need] = frozenset()
    ) -> tuple[Variants, ...]:
        """What the variants of a message's slots add to a click.

        Args:
            message: The message.
            met: What is true; a variant that needs more is left out.
        """
        click, kind, flow = self._beliefs["click"], message.type, self._flow
        found = []
        for slot in message.slots:
            names, needs = zip(*slot.allowed(met), strict=True)
            inputs_of = (inputs.variant(flow, kind, slot.name, name) for name in names)
            clicks = [click.chance({name: 1.0}) for name in inputs_of]
            found.append(Variants(slot.name, names, clicks, needs if any(needs) else ()))
        return tuple(found)
