"""From a decision and a contact to the mail's bytes, signed, and where its bounces go."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.codec import Record
from senders.errors import BadMailError, UnrenderableError
from senders.links.tokens import Links
from senders.links.verp import ReturnPaths
from senders.mail.content import Identity, template_variables, untrue
from senders.mail.feedback_id import feedback_id, sender_of
from senders.mail.message import From, Purpose, build
from senders.mail.records import Catalog
from senders.mail.rendering import Rendered, Templates
from senders.mail.truth import told
from senders.signing.dkim import Signer, open_signer

MARKETING = "marketing"
"""The kind of mail that one may unsubscribe from."""

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
        envelope_from: Where bounces go.
        instead: Slots that it words otherwise than decided, since that is true no more, each with
            the variant.
    """

    subject: str
    data: bytes
    envelope_from: str
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


@dataclass(frozen=True, slots=True)
class Imprint:
    """What every mail shows and links to.

    Attributes:
        postal_address: The sender's.
        cart_url: Where orders are finished; empty for the shop's front page.
        utm_source: What links to the shop name as their source; not tagged where empty.
    """

    postal_address: str
    cart_url: str = ""
    utm_source: str = ""


@dataclass(frozen=True, slots=True)
class Seal:
    """What tells receivers that a mail is ours, and where to report about it.

    Attributes:
        signer: Signs the mails.
        return_paths: Makes envelope senders; None for the From address.
        feedback_sender: Ends each Feedback-ID.
    """

    signer: Signer
    return_paths: ReturnPaths | None
    feedback_sender: str


class Composer:
    """Renders and builds.

    Args:
        templates: The messages.
        catalog: The products.
        links: Signs what the mails link to.
        sender: Who mails come from.
        imprint: What every mail shows and links to.
        seal: What tells receivers that mails are ours.
        metrics: Counts the time taken.
    """

    def __init__(
        self,
        templates: Templates,
        catalog: Shelf,
        links: Links,
        sender: From,
        imprint: Imprint,
        seal: Seal,
        metrics: Metrics,
    ) -> None:
        self._templates = templates
        self._imprint = imprint
        self._seal = seal
        self._catalog = catalog
        self._links = links
        self.sender = sender
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
            self._imprint.postal_address,
            self._catalog.shop_url,
            self._imprint.cart_url,
            self._imprint.utm_source,
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
        self._metrics.sender_render_seconds.observe(time.monotonic() - began)
        return self.seal(words, decision, mailbox, now_ms)

    def seal(self, words: Words, decision: Record, mailbox: str, now_ms: int) -> Mail:
        """What was rendered as a signed mail to a mailbox.

        Raises:
            UnrenderableError: A header would hold what none may.
        """
        began = time.monotonic()
        purpose = self._purpose(decision, words.unsubscribe_url)
        data = self._build(words.rendered, decision, mailbox, purpose, now_ms)
        built = time.monotonic()
        self._metrics.sender_build_seconds.observe(built - began)
        signed = self._seal.signer.sign(data, time.time_ns() // 1_000_000_000)
        self._metrics.sender_sign_seconds.observe(time.monotonic() - built)
        envelope_from = self._envelope_from(decision["decision_id"])
        return Mail(words.rendered.subject, signed, envelope_from, words.instead)

    def _purpose(self, decision: Record, unsubscribe_url: str) -> Purpose:
        marketing = decision["kind"] == MARKETING
        return Purpose(
            feedback_id(decision, self._seal.feedback_sender),
            unsubscribe_url if marketing else "",
            automatic=not marketing,
        )

    def _envelope_from(self, decision_id: str) -> str:
        paths = self._seal.return_paths
        return self.sender.address if paths is None else paths.address(decision_id)

    def _build(
        self, rendered: Rendered, decision: Record, mailbox: str, purpose: Purpose, now_ms: int
    ) -> bytes:
        try:
            decision_id = decision["decision_id"]
            return build(rendered, self.sender, mailbox, decision_id, purpose, now_ms)
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
        Imprint(
            sender.postal_address,
            sender.cart_url,
            "" if sender.utm_source == OFF else sender.utm_source,
        ),
        Seal(
            open_signer(settings),
            open_return_paths(settings),
            sender.feedback_sender or sender_of(author.domain),
        ),
        metrics,
    )


def open_links(settings: Settings) -> Links:
    """The signer of links that the settings ask for."""
    return Links(settings.sender.public_url, _secrets(settings))


def open_return_paths(settings: Settings) -> ReturnPaths | None:
    """The return paths that the settings ask for; None where bounces go to the From address."""
    domain = settings.sender.return_path_domain
    return ReturnPaths(domain, _secrets(settings)) if domain else None


def _secrets(settings: Settings) -> list[str]:
    sender = settings.sender
    return [secret.get_secret_value() for secret in (sender.link_secret, *sender.link_secrets_old)]
