"""SNS and SendGrid as these tests play them: keys of our own, requests signed as theirs are."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from senders.webhooks import sendgrid, sns

NOW = datetime(2026, 9, 21, 12, 0, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
CERT_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c3d.pem"
SUBSCRIBE = (
    f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc"
)
_AMAZON = rsa.generate_private_key(65_537, 2_048)
_SENDGRID = ec.generate_private_key(ec.SECP256R1())
SENDGRID_KEY = b64encode(
    _SENDGRID.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()


def certificate(days: int = 300) -> bytes:
    """Amazon's, valid for so long."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_AMAZON.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=days))
    )
    return builder.sign(_AMAZON, hashes.SHA256()).public_bytes(Encoding.PEM)


def sns_body(message: Any, version: str = "2", **changes: Any) -> bytes:
    """A message of SNS, signed and then changed where `unsigned` says so."""
    unsigned = changes.pop("unsigned", {})
    fields: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2026-09-21T12:00:00.000Z",
        "SignatureVersion": version,
        "Signature": "",
        "SigningCertURL": CERT_URL,
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
        **changes,
    }
    text = sns.signed_text(sns.read(json.dumps(fields).encode()))
    algorithm = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303
    fields["Signature"] = b64encode(_AMAZON.sign(text, padding.PKCS1v15(), algorithm)).decode()
    return json.dumps({**fields, **unsigned}).encode()


def confirmation(**changes: Any) -> bytes:
    """SNS asks whether to deliver here."""
    told = {"Type": "SubscriptionConfirmation", "Token": "abc", "SubscribeURL": SUBSCRIBE}
    return sns_body("You have chosen to subscribe", **{**told, **changes})


def sendgrid_headers(body: bytes, at: datetime = NOW) -> dict[str, str]:
    """What SendGrid signs a request with."""
    stamp = str(int(at.timestamp()))
    signature = _SENDGRID.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        sendgrid.TIMESTAMP: stamp,
        sendgrid.SIGNATURE: b64encode(signature).decode(),
        "Content-Type": "application/json",
    }


def ses_mail(**changes: Any) -> dict[str, Any]:
    """The mail a notification of SES is about."""
    return {
        "timestamp": "2026-09-21T11:59:00.000Z",
        "messageId": "0102018e-ses-0000",
        "source": "news@sender.example",
        "destination": ["ann@inbox.example"],
        "headersTruncated": False,
        "headers": [
            {"name": "From", "value": "news@sender.example"},
            {"name": "X-Nextbest-Decision", "value": "d1"},
        ],
        "commonHeaders": {"messageId": "<d1@sender.example>"},
        **changes,
    }


def ses_bounce(kind: str = "Permanent", narrower: str = "General", **changes: Any) -> Any:
    """A bounce as SES tells it."""
    recipient = {
        "emailAddress": "ann@inbox.example",
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 <ann@inbox.example>: user unknown",
        **changes,
    }
    bounce = {"bounceType": kind, "bounceSubType": narrower, "bouncedRecipients": [recipient]}
    return {"notificationType": "Bounce", "bounce": bounce, "mail": ses_mail()}


def ses_complaint(**changes: Any) -> Any:
    """A complaint as SES tells it."""
    complaint = {
        "complainedRecipients": [{"emailAddress": "ann@inbox.example"}],
        "complaintFeedbackType": "abuse",
        **changes,
    }
    return {"notificationType": "Complaint", "complaint": complaint, "mail": ses_mail()}


def sendgrid_event(event: str, **changes: Any) -> dict[str, Any]:
    """An event as SendGrid tells it."""
    return {
        "email": "ann@inbox.example",
        "timestamp": int(NOW.timestamp()),
        "smtp-id": "<d1@sender.example>",
        "event": event,
        "sg_event_id": "sg-1",
        "sg_message_id": "14c5d75ce93.dfd",
        **changes,
    }
