"""What a decision sees of a flow's offers: whether each has ended, and the code it would give."""

import msgspec

from models import localtime
from models.offers.code import NEVER_MS
from models.offers.desk import NO_CODE, OFFER_ENDED, Answer, Desk
from models.programme.flow_parts import Offer
from models.programme.flows import Flow, Programme


class OfferSeen(msgspec.Struct, array_like=True, gc=False):
    """An offer that ends or gives codes, at one moment.

    Attributes:
        fence: Why it can't be made, as a fence's code; empty where it can.
        code: The code that its mail would carry; empty where it gives none.
        code_expires_ms: When that one expires, epoch milliseconds.
        ends_ms: When the offer ends, epoch milliseconds; 0 for never.
        code_last_day: The last day of the code by the person's calendar, like 2026-12-24; empty
            where it doesn't expire.
        last_day: The same of the offer.
    """

    offer: str
    fence: str = ""
    code: str = ""
    code_expires_ms: int = 0
    ends_ms: int = 0
    code_last_day: str = ""
    last_day: str = ""


def seen(
    flow: Flow, programme: Programme, now_ms: int, time_zone: str, desk: Desk | None
) -> list[OfferSeen]:
    """The offers of a flow that end or give codes, as they are now.

    Args:
        flow: The flow to decide for.
        programme: Its programme.
        now_ms: The moment, epoch milliseconds.
        time_zone: The person's, an IANA name.
        desk: The partition's codes; None where there are none.
    """
    names = {name for message in flow.messages for name in message.offers if name != "none"}
    offers = [programme.offers[name] for name in sorted(names)]
    special = [offer for offer in offers if offer.codes or offer.ends_ms]
    return [_one(offer, now_ms, time_zone, desk) for offer in special]


def _one(offer: Offer, now_ms: int, time_zone: str, desk: Desk | None) -> OfferSeen:
    found = OfferSeen(offer.name)
    if offer.ends_ms:
        found.ends_ms = offer.ends_ms
        found.last_day = localtime.last_day(offer.ends_ms, time_zone)
        if now_ms >= offer.ends_ms:
            found.fence = OFFER_ENDED
            return found
    if offer.codes:
        answer = desk.ask(offer, now_ms) if desk is not None else Answer(NO_CODE)
        found.fence, found.code, found.code_expires_ms = answer
        if 0 < answer.expires_ms < NEVER_MS:
            found.code_last_day = localtime.last_day(answer.expires_ms, time_zone)
    return found
