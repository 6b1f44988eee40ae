"""SendGrid's signed event webhook: whether a request is SendGrid's, and what it tells.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
and …/tracking-events/event. Reasons in words are dropped but for a few: servers quote addresses.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from senders.errors import ForgedReportError
from senders.recipients.suppression import digest_of
from senders.webhooks.reports import Report, bounce, mail_named, permanent_reason, status_in

SIGNATURE: Final = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP: Final = "X-Twilio-Email-Event-Webhook-Timestamp"
ARGUMENT: Final = "nextbest_decision"
"""A custom argument that may name the decision, where a relay rewrites the Message-ID."""

_NOT_THE_ADDRESS: Final = {
    "content": "contenterror",
    "reputation": "badreputation",
    "technical": "systemerror",
    "technical failure": "systemerror",
    "frequency or volume too high": "ratelimited",
    "mailbox unavailable": "filtered",
}
"""By `bounce_classification`: what is called a bounce and says nothing of whether it exists."""


def read_key(text: str) -> ec.EllipticCurvePublicKey:
    """The key of the settings, which have checked it."""
    key = load_der_public_key(b64decode(text))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def verify(
    body: bytes,
    headers: Mapping[str, str],
    key: ec.EllipticCurvePublicKey,
    now_seconds: float,
    window_seconds: float,
) -> None:
    """Check that a request is SendGrid's, and of now.

    Args:
        body: As it came, byte for byte.
        headers: The request's.
        key: SendGrid's.
        now_seconds: The wall clock, epoch seconds.
        window_seconds: How far from it the request's own time may be.

    Raises:
        ForgedReportError: It is not.
    """
    timestamp, signature = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        raise ForgedReportError("timestamp")
    try:
        given = b64decode(signature, validate=True)
        key.verify(given, timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, Base64Error, ValueError) as error:
        raise ForgedReportError("signature") from error
    if abs(now_seconds - int(timestamp)) > window_seconds:
        raise ForgedReportError("replay")


def reports_in(body: bytes, secrets: tuple[str, ...]) -> list[Report]:
    """The bounces, complaints and withdrawals among a verified request's events.

    Args:
        body: The request's body.
        secrets: Keys that return paths are signed with.

    Raises:
        ForgedReportError: It is no list of events.
    """
    try:
        events = msgspec.json.decode(body, type=list[Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ForgedReportError("malformed") from error
    found = (_report(event, secrets) for event in events if isinstance(event, dict))
    return [report for report in found if report is not None]


def _report(event: Mapping[str, Any], secrets: tuple[str, ...]) -> Report | None:
    mail = mail_named(
        secrets, decision_id=_text(event, ARGUMENT), message_id=_text(event, "smtp-id")
    )
    email = _text(event, "email")
    address = digest_of(email) if email else None
    match _text(event, "event"):
        case "bounce":
            return _bounce(event, mail, address)
        case "dropped":
            return _dropped(event, mail, address)
        case "spamreport":
            return Report(mail, address, "complaint")
        case "unsubscribe" | "group_unsubscribe":
            return Report(mail, address, "unsubscribe")
    return None


def _bounce(event: Mapping[str, Any], mail: str | None, address: str | None) -> Report:
    status = status_in(_text(event, "status"), _text(event, "reason"))
    if _text(event, "type") == "blocked":
        # SendGrid's word for what may be different next time.
        return Report(mail, address, "soft", status, "blocked")
    reason = _NOT_THE_ADDRESS.get(_text(event, "bounce_classification").lower())
    return bounce(mail, address, status, reason or permanent_reason(status))


def _dropped(event: Mapping[str, Any], mail: str | None, address: str | None) -> Report | None:
    """What SendGrid didn't even try, by its own lists."""
    match _text(event, "reason"):
        case "Bounced Address":
            return Report(mail, address, "hard", "", "suppressed")
        case "Spam Reporting Address":
            return Report(mail, address, "complaint")
        case "Unsubscribed Address":
            return Report(mail, address, "unsubscribe")
    return None


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""
