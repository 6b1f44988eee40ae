"""Which products the last mails showed, so that they aren't shown again at once."""

from models import bounds
from models.person import messages
from models.person.past import Mailed
from models.person.profile import Profile
from models.step import Record

_SEEN = frozenset({"cart", "viewed"})
"""Sources of products that are barred for having been looked at; room is for others."""


def remember(profile: Profile, decision: Record) -> None:
    """Note what a mail recommends; the oldest of too many mails goes."""
    content = decision["content"]
    products = content.get("products", "").split(",")
    sources = content.get("product_sources", "").split(",")
    kept = [
        product
        for product, source in zip(products, sources, strict=False)
        if source not in _SEEN and bounds.known_id(product)
    ][: bounds.MAILED_PRODUCTS]
    if not kept:
        return
    mailed = profile.past().mailed
    short = decision["decision_id"][: messages.ID_CHARACTERS]
    mailed.append(Mailed(short, decision["decided_at"], kept))
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
