"""From a decision and a contact to the mail's bytes, signed, and where its bounces go."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.codec import Record
from senders.errors import BadMailError, UnrenderableError
from senders.links.tokens import Links
from senders.links.verp import ReturnPaths
from senders.mail.catalog import CatalogReader
from senders.mail.content import Identity, template_variables, untrue
from senders.mail.feedback_id import feedback_id, sender_of
from senders.mail.message import From, Purpose, build
from senders.mail.rendering import Rendered, Templates
from senders.mail.truth import told
from senders.signing.dkim import Signer, open_signer

MARKETING = "marketing"
"""The kind of mail that one may unsubscribe from."""


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


class Composer:
    """Renders and builds.

    Args:
        templates: The messages.
        catalog: The products.
        links: Signs what the mails link to.
        sender: Who mails come from.
        postal_address: The sender's, shown in every mail.
        signer: Signs the mails.
        return_paths: Makes envelope senders; None for the From address.
        feedback_sender: Ends each Feedback-ID.
        metrics: Counts the time taken.
        cart_url: Where orders are finished; empty for the shop's front page.
    """

    def __init__(
        self,
        templates: Templates,
        catalog: CatalogReader,
        links: Links,
        sender: From,
        postal_address: str,
        signer: Signer,
        return_paths: ReturnPaths | None,
        feedback_sender: str,
        metrics: Metrics,
        cart_url: str = "",
    ) -> None:
        self._templates = templates
        self._cart_url = cart_url
        self._catalog = catalog
        self._links = links
        self.sender = sender
        self._postal_address = postal_address
        self._signer = signer
        self._return_paths = return_paths
        self._feedback_sender = feedback_sender
        self._metrics = metrics

    def untrue(self, decision: Record) -> str:
        """What of the decision's mail is true no more; see `senders.mail.content.untrue`."""
        return untrue(decision, self._catalog.products)

    def compose(self, decision: Record, contact: Record, mailbox: str, now_ms: int) -> Mail:
        """The decision's mail to a mailbox.

        Raises:
            UnrenderableError: It can't be made; nothing may be sent.
        """
        began = time.monotonic()
        identity = Identity(
            self.sender.name or self.sender.domain,
            self._postal_address,
            self._catalog.shop_url,
            self._cart_url,
        )
        catalog = self._catalog.products
        true = told(decision, contact, catalog, now_ms)
        saying = {**decision, "content": true.content}
        variables = template_variables(saying, contact, catalog, identity, self._links)
        rendered = self._templates.render(decision["message"], variables)
        purpose = self._purpose(decision, variables["unsubscribe_url"])
        data = self._build(rendered, decision, mailbox, purpose, now_ms)
        built = time.monotonic()
        self._metrics.sender_render_seconds.observe(built - began)
        signed = self._signer.sign(data, time.time_ns() // 1_000_000_000)
        self._metrics.sender_sign_seconds.observe(time.monotonic() - built)
        return Mail(
            rendered.subject, signed, self._envelope_from(decision["decision_id"]), true.instead
        )

    def _purpose(self, decision: Record, unsubscribe_url: str) -> Purpose:
        marketing = decision["kind"] == MARKETING
        return Purpose(
            feedback_id(decision, self._feedback_sender),
            unsubscribe_url if marketing else "",
            automatic=not marketing,
        )

    def _envelope_from(self, decision_id: str) -> str:
        if self._return_paths is None:
            return self.sender.address
        return self._return_paths.address(decision_id)

    def _build(
        self, rendered: Rendered, decision: Record, mailbox: str, purpose: Purpose, now_ms: int
    ) -> bytes:
        try:
            decision_id = decision["decision_id"]
            return build(rendered, self.sender, mailbox, decision_id, purpose, now_ms)
        except BadMailError as error:
            raise UnrenderableError(decision["message"], str(error)) from error


def open_composer(
    settings: Settings, templates: Templates, catalog: CatalogReader, metrics: Metrics
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
        open_signer(settings),
        open_return_paths(settings),
        sender.feedback_sender or sender_of(author.domain),
        metrics,
        sender.cart_url,
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
