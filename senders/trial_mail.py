"""A test mail: a message sent to one address by hand, past the pipeline and without its effects.

Its links are signed for the person `senders.mail.samples.SUBSCRIBER` and an address that nobody
has, so that following or unsubscribing touches nobody. Ledger, pace, counts and journal never
learn of it.
"""

import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import aiosmtplib

from runtime.settings import SenderSettings
from schemas.errors import RetryError, StopError
from senders.mail.composer import Words
from senders.mail.samples import SUBSCRIBER

PREFIX: Final = "[Test] "
DECISION_ID: Final = "nextbest-test"
ADDRESS: Final = "nobody@nowhere.invalid"
"""Whose links a test mail holds; no mailbox can have it (RFC 2606)."""


class TrialRefusedError(StopError):
    """The relay, or a rule of ours, doesn't take a test mail."""


class RelayAwayError(RetryError):
    """The relay doesn't answer."""

    def __init__(self, host: str, port: int, error: BaseException) -> None:
        super().__init__(
            f"the relay {host}:{port} doesn't answer ({type(error).__name__}). Check "
            "NEXTBEST_SENDER__SMTP_HOST, __SMTP_PORT, and its TLS settings."
        )


def as_test(decision: Mapping[str, Any]) -> dict[str, Any]:
    """A decision that is nobody's, of the same content."""
    return {**decision, "decision_id": DECISION_ID, "subscriber_id": SUBSCRIBER}


def nobodys(contact: Mapping[str, Any]) -> dict[str, Any]:
    """A contact of the same wishes whose address is nobody's."""
    return {**contact, "subscriber_id": SUBSCRIBER, "address": ADDRESS}


def marked(words: Words) -> Words:
    """The same words, whose subject says that they are a test."""
    rendered = replace(words.rendered, subject=PREFIX + words.rendered.subject)
    return replace(words, rendered=rendered)


async def hand_over(settings: SenderSettings, mailbox: str, mail: bytes) -> str:
    """Give a mail to the relay; its answer.

    Raises:
        RelayAwayError: It doesn't answer.
        TrialRefusedError: It answers no.
    """
    starttls = {"never": False, "required": True, "opportunistic": None}[settings.starttls]
    tls = None
    if settings.starttls != "never" or settings.smtp_tls:
        cafile = settings.smtp_cafile
        tls = ssl.create_default_context(cafile=str(cafile) if cafile else None)
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_username or None,
        password=settings.smtp_password.get_secret_value() or None,
        timeout=settings.smtp_timeout_seconds,
        use_tls=settings.smtp_tls,
        start_tls=starttls,
        tls_context=tls,
    )
    try:
        async with client:
            await client.mail(settings.from_address)
            await client.rcpt(mailbox)
            answer = await client.data(mail)
    except aiosmtplib.SMTPResponseException as error:
        raise TrialRefusedError(
            f"the relay refuses the test mail with {error.code}. Nothing was sent."
        ) from error
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise RelayAwayError(settings.smtp_host, settings.smtp_port, error) from error
    return f"{answer.code} {answer.message}"
