"""Money paid back: an order, or a part of it, that is taken out of everything it was counted in.

The last orders are remembered with the decisions whose outcomes count them. A refund lowers the
person's own sums, the decisions that still wait, and corrects the outcomes that have left. What is
paid back of an order takes the same share of its discount along; once all of it is, the order
doesn't count as one. What it said of likes and of the time of buying stays.

A refund may overtake its order, for instance where a long log is read from several topics. It is
then remembered as such until the order comes; one whose order doesn't come is told by its timer.
"""

from models import bounds, decay
from models.decay import DAY_MS, EMPTY
from models.feedback import outcomes
from models.feedback.corrections import correct
from models.feedback.outcomes import Counted
from models.person.half_lives import REVENUE_HALF_LIFE_MS
from models.person.memory import Order
from models.person.past import Pending
from models.person.profile import Profile
from models.step import Step
from models.world import PolicySettings

TIMER_PREFIX = "refund"
PATIENCE_MS = DAY_MS
"""How long a refund may come before its order without being told of as a stray."""

_ROUNDING = 1e-6
"""What is left of an order below this share of it is rounding."""


def timer_of(order: bytes) -> str:
    """Name of the timer by which a refund's order should have come."""
    return f"{TIMER_PREFIX}:{order.hex()}"


def waits(timer_name: str, profile: Profile) -> bool:
    """Whether the refund that a timer is for still waits for its order."""
    waiting = (o.order for o in profile.past().orders if not o.at_ms)
    return timer_name in map(timer_of, waiting)


def ordered(
    order: Order,
    counted: Counted,
    event_id: str,
    profile: Profile,
    step: Step,
    policy: PolicySettings,
) -> None:
    """Remember an order that has just been counted; a refund that came before it is applied.

    Args:
        counted: What counted it.
    """
    order.decisions = b"".join(bytes.fromhex(p.decision_id) for p in counted.by)
    order.credited = counted.by.index(counted.credited) if counted.credited else -1
    _keep(order, event_id, profile, step, policy)


def _keep(
    order: Order, event_id: str, profile: Profile, step: Step, policy: PolicySettings
) -> None:
    orders = profile.past().orders
    early = [known for known in orders if known.order == order.order and not known.at_ms]
    orders.append(order)
    for refund in early:
        orders.remove(refund)
        step.cancel_timer(timer_of(refund.order))
        _pay_back(order, refund.total, event_id, profile, step, policy)
    while len(orders) > bounds.ORDERS:
        step.cancel_timer(timer_of(orders.pop(0).order))


def refunded(
    order: bytes,
    amount: float | None,
    event_id: str,
    profile: Profile,
    step: Step,
    policy: PolicySettings,
) -> None:
    """Take what was paid back of an order out of what it was counted in.

    Args:
        order: Stands for the order's id.
        amount: In the shop's currency; None for all that is left.
    """
    left = bounds.MONEY if amount is None else bounds.money(amount)
    known = [each for each in profile.past().orders if each.order == order]
    placed = [each for each in known if each.at_ms]
    if placed:
        for number, each in enumerate(placed):
            cause = event_id if not number else f"{event_id}/{number}"
            left -= _pay_back(each, left, cause, profile, step, policy)
        return
    if known:
        known[0].total = bounds.money(known[0].total + left)
        return
    step.set_timer(timer_of(order), step.now_ms + PATIENCE_MS)
    _keep(Order(order, 0, left), event_id, profile, step, policy)


def _pay_back(
    order: Order,
    amount: float,
    event_id: str,
    profile: Profile,
    step: Step,
    policy: PolicySettings,
) -> float:
    """Pay back what an order allows of an amount; returns how much."""
    part, discount = min(amount, order.total), 0.0
    gone = not order.gone and order.total - part <= order.total * _ROUNDING
    if gone:
        part, discount = order.total, float(order.discount)
    elif order.total > 0.0:
        discount = order.discount * part / order.total
    if not gone and not part:
        return 0.0
    order.total, order.discount = order.total - part, order.discount - discount or 0
    order.gone = order.gone or gone
    _lower_sums(order.at_ms, int(gone), part, profile)
    for place, decision in enumerate(order.deciders()):
        credited = place == order.credited
        pending = outcomes.find(profile, decision)
        if pending is not None:
            _lower(pending, int(gone), part, discount, credited=credited)
            continue
        correct(
            decision,
            event_id,
            step,
            purchases=-int(gone),
            revenue=-part,
            discount=-discount,
            reward=discount - policy.margin_rate * part,
            attributed_purchases=-int(gone and credited),
            attributed_revenue=-part if credited else 0.0,
        )
    return part


def _lower_sums(at_ms: int, orders: int, amount: float, profile: Profile) -> None:
    profile.purchases = max(0, profile.purchases - orders)
    if not profile.purchases:  # to the bit as if nothing had been bought
        profile.revenue, profile.revenue_level = 0.0, EMPTY
        return
    profile.revenue = bounds.money(profile.revenue - amount)
    level = profile.revenue_level
    profile.revenue_level = decay.lowered(level, amount, at_ms, REVENUE_HALF_LIFE_MS)


def _lower(
    pending: Pending, orders: int, amount: float, discount: float, *, credited: bool
) -> None:
    pending.purchases = max(0, pending.purchases - orders)
    bought = pending.purchases > 0
    pending.revenue = bounds.money(pending.revenue - amount) if bought else 0.0
    pending.discount = bounds.money(pending.discount - discount) if bought else 0.0
    if credited:
        pending.attributed_purchases = max(0, pending.attributed_purchases - orders)
        earned = pending.attributed_purchases > 0
        paid = bounds.money(pending.attributed_revenue - amount)
        pending.attributed_revenue = paid if earned else 0.0


def absorb(
    other: list[Order], event_id: str, profile: Profile, step: Step, policy: PolicySettings
) -> None:
    """Take over the orders of an anonymous profile, and the refunds that wait for theirs."""
    for order in other:
        if order.at_ms:
            _keep(order, event_id, profile, step, policy)
        else:
            refunded(order.order, order.total, event_id, profile, step, policy)
