"""What intent is made of."""

import msgspec


class Intent(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a person is likely to do next.

    Attributes:
        buys_soon: Chance of an order within 7 days.
        churns: Chance that no order comes within twice the person's own mean time between orders,
            at least 28 days and at most 365; 182 days where there is no such time yet.
        days_to_order: Days within which an order is as likely as not; 365 where it isn't likelier
            than that within a year.
        wants_offer: Chance that the next click in a mail is in one with an offer.
        wants_education: Chance that the next click in a mail is on something to read.
        engagement: How much the person is around; see `models.audience.lifecycle`.
        toward: The category they are moving toward; empty where none is.
    """

    buys_soon: float
    churns: float
    days_to_order: float
    wants_offer: float
    wants_education: float
    engagement: str
    toward: str
