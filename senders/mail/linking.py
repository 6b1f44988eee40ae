"""The links of one person's mail: signed, or plain for who doesn't want to be followed."""

from collections.abc import Mapping
from typing import Any, Final

from senders.links.tokens import Click, Confirm, Links, Pixel, Preferences, Unsubscribe
from senders.mail.campaign_tags import tagged
from senders.recipients.suppression import digest_of

Record = Mapping[str, Any]

NO: Final = "no"
YES: Final = "yes"
MARKETING: Final = "marketing"


class MailLinks:
    """What a mail links to.

    Args:
        decision: The mail's decision.
        contact: The person's contact record; its address is known.
        utm_source: What links to the shop name as their source; not tagged where empty.
        links: Signs.
    """

    def __init__(self, decision: Record, contact: Record, utm_source: str, links: Links) -> None:
        self._decision = decision
        self._links = links
        self._person = decision["subscriber_id"], decision["decision_id"]
        self._address_hash = digest_of(contact["address"])
        self._consent = contact["consent"]
        wishes = contact.get("preferences") or {}
        self._tracked = wishes.get("track") != NO
        self._pixel = self._tracked and wishes.get("open_pixel") == YES
        self._source = utm_source
        arm = decision.get("arm")
        self._content = f"{decision['message']}/{arm}" if arm else decision["message"]

    def to(self, url: str, product_id: str | None) -> str:
        """A link to a page, about a product, article or review.

        Whoever doesn't want to be followed gets the page's own address: neither our redirect nor
        the shop's analytics then learns which mail it was.
        """
        if not self._tracked:
            return url
        aim = tagged(url, self._source, self._decision["flow"], self._content)
        return self._links.click(Click(*self._person, aim, product_id))

    def unsubscribe(self) -> str:
        """The mail's one-click link (RFC 8058)."""
        return self._links.unsubscribe(Unsubscribe(*self._person, self._address_hash))

    def preferences(self) -> str:
        """The person's preference centre."""
        return self._links.preferences(Preferences(*self._person, self._address_hash))

    def confirm(self) -> str:
        """The link that confirms a consent, in the words that were agreed to."""
        content = self._decision["content"]
        purpose = content.get("purpose", "") or MARKETING
        version = content.get("text_version", "")
        version = version or (self._consent.get(purpose) or {}).get("text_version") or ""
        return self._links.confirm(Confirm(*self._person, self._address_hash, purpose, version))

    def pixel(self) -> str:
        """A picture that tells of the mail being opened; empty unless agreed to on its own."""
        return self._links.pixel(Pixel(*self._person)) if self._pixel else ""
