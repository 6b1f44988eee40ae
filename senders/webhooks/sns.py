"""Messages of Amazon SNS: what is signed, by whose certificate, and what may be fetched for it.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html. Pure but for the
clock that is passed in; fetching is in `senders.webhooks.certificates`.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from datetime import datetime
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from senders.errors import ForgedReportError

NOTIFICATION: Final = "Notification"
CONFIRMATION: Final = "SubscriptionConfirmation"

_SIGNED: Final = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
_SIGNED["UnsubscribeConfirmation"] = _SIGNED[CONFIRMATION]
_HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {"1": hashes.SHA1, "2": hashes.SHA256}
_CERTIFICATE: Final = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,128}\.pem")


class SnsMessage(msgspec.Struct, frozen=True, rename="pascal"):
    """A message as SNS posts it."""

    type: str
    message_id: str
    topic_arn: str
    message: str
    timestamp: str
    signature_version: str
    signature: str
    signing_cert_url: str = msgspec.field(name="SigningCertURL")
    subject: str | None = None
    token: str | None = None
    subscribe_url: str | None = msgspec.field(name="SubscribeURL", default=None)


_DECODER: Final = msgspec.json.Decoder(SnsMessage)


def read(body: bytes) -> SnsMessage:
    """Read a message.

    Raises:
        ForgedReportError: It is none.
    """
    try:
        return _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ForgedReportError("malformed") from error


def signed_text(message: SnsMessage) -> bytes:
    """What the signature is over: names and values of certain fields, a line each.

    Raises:
        ForgedReportError: The message is of no type that is signed, or lacks a field.
    """
    values = {
        "Message": message.message,
        "MessageId": message.message_id,
        "Subject": message.subject,
        "SubscribeURL": message.subscribe_url,
        "Timestamp": message.timestamp,
        "Token": message.token,
        "TopicArn": message.topic_arn,
        "Type": message.type,
    }
    text = ""
    for name in _SIGNED.get(message.type, ()):
        value = values[name]
        if value is not None:
            text += f"{name}\n{value}\n"
        elif name != "Subject":
            raise ForgedReportError("malformed")
    if not text:
        raise ForgedReportError("malformed")
    return text.encode()


def certificate_url(message: SnsMessage) -> str:
    """Where the certificate is: only at SNS itself, in the topic's own region.

    Raises:
        ForgedReportError: It is somewhere else.
    """
    url = _at_sns(message, message.signing_cert_url)
    if not _CERTIFICATE.fullmatch(url.path) or url.query:
        raise ForgedReportError("certificate_url")
    return message.signing_cert_url


def subscribe_url(message: SnsMessage) -> str:
    """The URL that confirms a subscription, which must be SNS' own and about the same topic.

    Raises:
        ForgedReportError: It is something else.
    """
    url = _at_sns(message, message.subscribe_url or "")
    asked = parse_qs(url.query)
    if (
        url.path != "/"
        or asked.get("Action") != ["ConfirmSubscription"]
        or asked.get("TopicArn") != [message.topic_arn]
    ):
        raise ForgedReportError("subscribe_url")
    return message.subscribe_url or ""


def _at_sns(message: SnsMessage, text: str) -> SplitResult:
    arn = message.topic_arn.split(":")
    if len(arn) != 6:
        raise ForgedReportError("topic")
    suffix = ".cn" if arn[1] == "aws-cn" else ""
    try:
        url = urlsplit(text)
    except ValueError as error:
        raise ForgedReportError("certificate_url") from error
    plain = text.isascii() and not any(c <= " " or c == "\x7f" for c in text)
    if (
        not plain
        or url.scheme != "https"
        or url.netloc != f"sns.{arn[3]}.amazonaws.com{suffix}"
        or url.fragment
    ):
        raise ForgedReportError("certificate_url")
    return url


def read_certificate(pem: bytes) -> x509.Certificate:
    """A certificate.

    Raises:
        ForgedReportError: It is none.
    """
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise ForgedReportError("certificate") from error


def verify(message: SnsMessage, certificate: x509.Certificate, now: datetime) -> None:
    """Check that a message is SNS'.

    Args:
        message: The message.
        certificate: The one at its `certificate_url`.
        now: The wall clock's time.

    Raises:
        ForgedReportError: It is not.
    """
    key = certificate.public_key()
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise ForgedReportError("certificate")
    algorithm = _HASHES.get(message.signature_version)
    if algorithm is None or not isinstance(key, rsa.RSAPublicKey):
        raise ForgedReportError("signature")
    try:
        signature = b64decode(message.signature, validate=True)
        key.verify(signature, signed_text(message), padding.PKCS1v15(), algorithm())
    except (InvalidSignature, Base64Error, ValueError) as error:
        raise ForgedReportError("signature") from error
