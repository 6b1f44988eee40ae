"""Automatic answers of people's mailboxes (RFC 3834): somebody is away, nothing has failed."""

import re
from typing import Final

from senders.inbound.mime import Headers, decode_words
from senders.inbound.patterns import sign

_AWAY = sign("away")
_ANSWERS: Final = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-mail-autoreply",
)
_CHALLENGE = sign("challenge")


def is_auto_reply(headers: Headers) -> bool:
    """Whether a mail is an automatic answer of a person's, by its headers."""
    submitted = headers.get("auto-submitted").strip().lower()
    if submitted.startswith(("auto-replied", "auto-notified")):
        return not _reports(headers)
    if any(name in headers for name in _ANSWERS):
        return True
    if headers.get("precedence").strip().lower() == "auto_reply":
        return True
    subject = decode_words(headers.get("subject"))
    subject = re.sub(r"^(?:re|aw|sv|antw)\s*:\s*", "", subject.strip(), flags=re.IGNORECASE)
    # Who asks the sender to prove to be a person has taken the mail, too.
    return bool(_AWAY.search(subject) or _CHALLENGE.search(subject))


def _reports(headers: Headers) -> bool:
    """Some servers mark even their reports as replies."""
    return "multipart/report" in headers.get("content-type").lower()
