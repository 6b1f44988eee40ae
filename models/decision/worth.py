"""What a mail is worth against sending none, and how sure that is.

A mail works through being clicked, and costs what it costs, and may drive its reader away:

    click * (order * (net(paid for) - usual) - (1 - order) * usual's discount) - leave * its price
        - price of a mail

where `order` is the chance of an order that the click brings and that would not have come anyway,
`net` margin less discount, and `usual` what the person would have spent unasked in the window: an
order by mail replaces it, and an offer is taken along by it. So a sure buyer needs no mail and no
discount. The parts are learned from the net value of whole windows, clicked or not
(`models.learning.population`); only their product is too rare to be learned from directly. This is
a surrogate index: S. Athey et al., "The surrogate index", NBER Working Paper 26463, 2019.
"""

from math import sqrt

import msgspec

from models.learning.linear import probability


class Prices(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What things are worth and cost, in the shop's currency.

    Attributes:
        margin_rate: Share of revenue that is margin, 0 to 1.
        mail: Price of an accepted mail; `leave` of losing a reader, complaints included.
        order: What an order by this mail would come to before its offer.
        usual: What an unasked order of this person comes to.
    """

    margin_rate: float
    mail: float
    leave: float
    order: float
    usual: float


class Chances(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Log-odds of what may follow, each with the variance of that belief.

    Attributes:
        click: That the mail is clicked.
        order: That a click brings an order which would not have come anyway.
        leave: That its reader leaves or complains.
        unasked: That an order comes in the window without any mail.
    """

    click: tuple[float, float]
    order: tuple[float, float]
    leave: tuple[float, float]
    unasked: tuple[float, float]


def net(price: float, discount: float, margin_rate: float) -> float:
    """Net value of an order.

    Args:
        price: Before the discount.
        discount: Share of the price taken off, 0 to 1.
        margin_rate: Share of what is paid that is margin.
    """
    return margin_rate * price * (1.0 - discount) - price * discount


class Worth(msgspec.Struct, frozen=True, gc=False):
    """What an arm is worth.

    Attributes:
        value: Expected net value against holding.
        doubt: Standard deviation of that belief.
        click: Log-odds of a click; `clicked` what one is worth.
    """

    value: float
    doubt: float
    click: float
    clicked: float

    def at(self, shift: float) -> tuple[float, float]:
        """What the mail is worth where a click is likelier or less likely, as at another hour.

        Args:
            shift: By how much its log-odds differ.

        Returns:
            The value, and the part of it that clicks bring, without its sign.
        """
        now, then = probability(self.click), probability(self.click + shift)
        return self.value + (then - now) * self.clicked, abs(then * self.clicked)


NOTHING = Worth(0.0, 0.0, -30.0, 0.0)
"""Holding, for sure."""


def of_mail(chances: Chances, prices: Prices, discount: float) -> Worth:
    """What a mail is worth.

    Args:
        chances: What may follow.
        prices: What it is worth.
        discount: Share that its offer takes off, 0 to 1.
    """
    click, order = probability(chances.click[0]), probability(chances.order[0])
    leave, unasked = probability(chances.leave[0]), probability(chances.unasked[0])
    usual = net(prices.usual, 0.0, prices.margin_rate)
    taken_along = unasked * (usual - net(prices.usual, discount, prices.margin_rate))
    lost = unasked * usual
    gained = order * (net(prices.order, discount, prices.margin_rate) - lost)
    clicked = gained - (1.0 - order) * taken_along
    lost_reader = leave * prices.leave
    value = click * clicked - lost_reader - prices.mail
    # Each part's belief is about its logarithm, nearly: chances are small.
    variance = (
        (click * clicked) ** 2 * chances.click[1]
        + (click * (gained + order * taken_along)) ** 2 * chances.order[1]
        + (click * (order * lost + (1.0 - order) * taken_along)) ** 2 * chances.unasked[1]
        + lost_reader**2 * chances.leave[1]
    )
    return Worth(value, sqrt(variance), chances.click[0], clicked)
