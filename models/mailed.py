"""Which products the last mails showed, so that they aren't shown again at once."""

from models import bounds, messages
from models.past import Mailed
from models.profile import Profile


def remember(profile: Profile, decision_id: str, products: list[str], at_ms: int) -> None:
    """Note what a mail shows; the oldest of too many mails goes."""
    kept = [product for product in products if bounds.known_id(product)][: bounds.MAILED_PRODUCTS]
    if not kept:
        return
    mailed = profile.past().mailed
    mailed.append(Mailed(decision_id[: messages.ID_CHARACTERS], at_ms, kept))
    del mailed[: -bounds.MAILED]


def since(profile: Profile, since_ms: int, now_ms: int) -> set[str]:
    """Products that mails showed which were decided since an instant, and that may have arrived."""
    by_decision = {message.decision: message for message in profile.messages}
    found: set[str] = set()
    for mailed in profile.past().mailed:
        message = by_decision.get(mailed.decision)
        if mailed.at_ms > since_ms and (message is None or messages.counts(message, now_ms)):
            found.update(mailed.products)
    return found
