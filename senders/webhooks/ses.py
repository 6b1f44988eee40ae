"""What Amazon SES tells through SNS: bounces and complaints, by notification or event publishing.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html. Diagnostic texts are dropped:
servers like to quote addresses in them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from senders.recipients.suppression import digest_of
from senders.webhooks.reports import Report, bounce, mail_named, permanent_reason, status_in

_HEADER: Final = "x-nextbest-decision"
_TRANSIENT: Final = {
    "MailboxFull": "mailboxfull",
    "MessageTooLarge": "emailtoolarge",
    "ContentRejected": "contenterror",
    "AttachmentRejected": "contenterror",
    "CustomTimeoutExceeded": "expired",
}
_SUPPRESSED: Final = ("Suppressed", "OnAccountSuppressionList")
"""SES itself keeps the address from mail: it bounced, or complained, before."""


def reports_in(message: str, secrets: tuple[str, ...]) -> list[Report]:
    """The bounces and complaints of a message; none where it tells of something else, or nothing.

    Args:
        message: The text of a verified notification.
        secrets: Keys that return paths are signed with.
    """
    try:
        told = msgspec.json.decode(message, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    mail = _mail_of(_mapping(told.get("mail")), secrets)
    kind = told.get("notificationType") or told.get("eventType")
    if kind == "Bounce":
        return list(_bounces(_mapping(told.get("bounce")), mail))
    if kind == "Complaint":
        return list(_complaints(_mapping(told.get("complaint")), mail))
    return []


def _bounces(told: Mapping[str, Any], mail: str | None) -> Iterator[Report]:
    kind, narrower = _text(told, "bounceType"), _text(told, "bounceSubType")
    for recipient in _mappings(told.get("bouncedRecipients")):
        status = status_in(_text(recipient, "status"), _text(recipient, "diagnosticCode"))
        address = _hash(recipient)
        if kind == "Permanent" and narrower in _SUPPRESSED:
            yield Report(mail, address, "hard", status, "suppressed")
        elif kind == "Permanent":
            yield bounce(mail, address, status, permanent_reason(status))
        else:
            reason = _TRANSIENT.get(narrower, "undefined")
            yield Report(mail, address, "soft", status, reason)


def _complaints(told: Mapping[str, Any], mail: str | None) -> Iterator[Report]:
    if _text(told, "complaintFeedbackType") == "not-spam":
        return  # somebody took it out of the spam folder (RFC 5965, section 7.3)
    for recipient in _mappings(told.get("complainedRecipients")):
        yield Report(mail, _hash(recipient), "complaint")


def _mail_of(mail: Mapping[str, Any], secrets: tuple[str, ...]) -> str | None:
    headers = _mappings(mail.get("headers"))
    named = {_text(header, "name").lower(): _text(header, "value") for header in headers}
    common = _mapping(mail.get("commonHeaders"))
    return mail_named(
        secrets,
        return_path=_text(mail, "source"),
        decision_id=named.get(_HEADER, "").strip(),
        message_id=_text(common, "messageId") or named.get("message-id", ""),
    )


def _hash(recipient: Mapping[str, Any]) -> str | None:
    address = _text(recipient, "emailAddress")
    bare = address.rpartition("<")[2].rstrip("> ")
    return digest_of(bare) if bare else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list) else []


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
