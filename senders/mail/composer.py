"""From a decision and a contact to the mail's bytes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.codec import Record
from senders.errors import BadMailError, UnrenderableError
from senders.links.tokens import Links
from senders.mail.content import Identity, template_variables, untrue
from senders.mail.message import From, build
from senders.mail.records import Catalog
from senders.mail.rendering import Rendered, Templates
from senders.mail.truth import told

OFF: Final = "off"
"""As `utm_source`: no tags."""


class Shelf(Protocol):
    """What mails show, as it is now."""

    @property
    def products(self) -> Catalog:
        """Products, articles and reviews by id."""
        ...

    @property
    def shop_url(self) -> str:
        """The shop's front page."""
        ...


@dataclass(frozen=True, slots=True)
class FixedShelf:
    """A shelf on which nothing changes."""

    products: Catalog
    shop_url: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to hand over.

    Attributes:
        instead: Slots that it words otherwise than decided, since that is true no more, each with
            the variant.
    """

    subject: str
    data: bytes
    instead: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says, before it is a mail.

    Attributes:
        instead: See `Mail`.
    """

    rendered: Rendered
    unsubscribe_url: str
    instead: Mapping[str, str]


class Composer:
    """Renders and builds.

    Args:
        templates: The messages.
        catalog: The products.
        links: Signs what the mails link to.
        sender: Who mails come from.
        postal_address: The sender's, shown in every mail.
        metrics: Counts the time taken.
        cart_url: Where orders are finished; empty for the shop's front page.
        utm_source: What links to the shop name as their source; not tagged where empty.
    """

    def __init__(
        self,
        templates: Templates,
        catalog: Shelf,
        links: Links,
        sender: From,
        postal_address: str,
        metrics: Metrics,
        cart_url: str = "",
        utm_source: str = "",
    ) -> None:
        self._templates = templates
        self._cart_url = cart_url
        self._utm_source = utm_source
        self._catalog = catalog
        self._links = links
        self.sender = sender
        self._postal_address = postal_address
        self._metrics = metrics

    def untrue(self, decision: Record) -> str:
        """What of the decision's mail is true no more; see `senders.mail.content.untrue`."""
        return untrue(decision, self._catalog.products)

    def render(self, decision: Record, contact: Record, now_ms: int) -> Words:
        """What the decision's mail says now.

        Raises:
            UnrenderableError: It can't be made; nothing may be sent.
        """
        identity = Identity(
            self.sender.name or self.sender.domain,
            self._postal_address,
            self._catalog.shop_url,
            self._cart_url,
            self._utm_source,
        )
        catalog = self._catalog.products
        true = told(decision, contact, catalog, now_ms)
        saying = {**decision, "content": true.content}
        variables = template_variables(saying, contact, catalog, identity, self._links)
        rendered = self._templates.render(decision["message"], variables)
        return Words(rendered, variables["unsubscribe_url"], true.instead)

    def compose(self, decision: Record, contact: Record, mailbox: str, now_ms: int) -> Mail:
        """The decision's mail to a mailbox.

        Raises:
            UnrenderableError: It can't be made; nothing may be sent.
        """
        began = time.monotonic()
        words = self.render(decision, contact, now_ms)
        data = self._build(words.rendered, decision, mailbox, words.unsubscribe_url, now_ms)
        self._metrics.sender_render_seconds.observe(time.monotonic() - began)
        return Mail(words.rendered.subject, data, words.instead)

    def _build(
        self, rendered: Rendered, decision: Record, mailbox: str, unsubscribe_url: str, now_ms: int
    ) -> bytes:
        decision_id = decision["decision_id"]
        try:
            return build(rendered, self.sender, mailbox, decision_id, unsubscribe_url, now_ms)
        except BadMailError as error:
            raise UnrenderableError(decision["message"], str(error)) from error


def open_composer(
    settings: Settings, templates: Templates, catalog: Shelf, metrics: Metrics
) -> Composer:
    """The composer that the settings ask for."""
    sender = settings.sender
    author = From(sender.from_address, sender.from_name, sender.reply_to)
    return Composer(
        templates,
        catalog,
        open_links(settings),
        author,
        sender.postal_address,
        metrics,
        sender.cart_url,
        "" if sender.utm_source == OFF else sender.utm_source,
    )


def open_links(settings: Settings) -> Links:
    """The signer that the settings ask for."""
    sender = settings.sender
    secrets = [sender.link_secret, *sender.link_secrets_old]
    return Links(sender.public_url, [secret.get_secret_value() for secret in secrets])
