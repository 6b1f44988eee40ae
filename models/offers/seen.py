"""What a decision sees of a flow's offers: whether each has ended, and the code it would give."""

import msgspec

from models.flows import Flow, Offer, Programme
from models.offers.desk import NO_CODE, OFFER_ENDED, Answer, Desk


class OfferSeen(msgspec.Struct, array_like=True, gc=False):
    """An offer that ends or gives codes, at one moment.

    Attributes:
        fence: Why it can't be made, as a fence's code; empty where it can.
        code: The code that its mail would carry; empty where it gives none.
        code_expires_ms: When that one expires, epoch milliseconds.
        ends_ms: When the offer ends, epoch milliseconds; 0 for never.
    """

    offer: str
    fence: str = ""
    code: str = ""
    code_expires_ms: int = 0
    ends_ms: int = 0


def seen(flow: Flow, programme: Programme, now_ms: int, desk: Desk | None) -> list[OfferSeen]:
    """The offers of a flow that end or give codes, as they are now.

    Args:
        flow: The flow to decide for.
        programme: Its programme.
        now_ms: The moment, epoch milliseconds.
        desk: The partition's codes; None where there are none.
    """
    names = {name for message in flow.messages for name in message.offers if name != "none"}
    offers = [programme.offers[name] for name in sorted(names)]
    return [_one(offer, now_ms, desk) for offer in offers if offer.codes or offer.ends_ms]


def _one(offer: Offer, now_ms: int, desk: Desk | None) -> OfferSeen:
    if offer.ends_ms and now_ms >= offer.ends_ms:
        return OfferSeen(offer.name, OFFER_ENDED, ends_ms=offer.ends_ms)
    if not offer.codes:
        return OfferSeen(offer.name, ends_ms=offer.ends_ms)
    answer = desk.ask(offer, now_ms) if desk is not None else Answer(NO_CODE)
    return OfferSeen(offer.name, answer.fence, answer.code, answer.expires_ms, offer.ends_ms)
