"""Which mails report a failure at all, where they hold no report that follows a standard."""

from typing import Final

from senders.inbound import arf, words
from senders.inbound.mime import Mail, decode_words, parameter
from senders.inbound.notice import Notice
from senders.inbound.patterns import sign
from senders.inbound.wording import MAX_TEXT, reason_in

_DAEMON = sign("daemon")
_FAILURE = sign("failure")
_NOT_DELIVERED = sign("not_delivered")
_NO_ONE: Final = frozenset({"<>", "MAILER-DAEMON", "<MAILER-DAEMON>"})


def is_other_report(mail: Mail) -> bool:
    """Whether a mail is a report of another kind: a read receipt, or unreadable feedback.

    Some servers reject in the form of a receipt; they say that they are a server.
    """
    kind = parameter(mail.headers.get("content-type"), "report-type").lower()
    parts = {part.kind for part in mail.parts}
    if kind == "feedback-report" or arf.KIND in parts:
        return True
    receipt = kind == "disposition-notification" or "message/disposition-notification" in parts
    return receipt and not _from_daemon(mail)


def surely_reports_failure(mail: Mail) -> bool:
    """Whether a mail says that it reports a failure, so that it is no automatic answer."""
    if "x-failed-recipients" in mail.headers or mail.kind == "multipart/report":
        return True
    return _from_daemon(mail) and _of_failure(mail)


def reports_failure(mail: Mail, told: Notice) -> bool:
    """Whether a mail reports a failure: by its sender, subject and words."""
    if surely_reports_failure(mail):
        return True
    embedded = bool(told.original.fields) or any(p.kind == "message/rfc822" for p in mail.parts)
    explained = bool(words.reply_in(told.text)) or bool(reason_in(told.text))
    says_so = bool(_NOT_DELIVERED.search(told.text[:MAX_TEXT]))
    if _from_daemon(mail) or _of_failure(mail):
        automatic = mail.headers.get("auto-submitted").lower().startswith("auto-")
        null_sender = mail.headers.get("return-path").strip() in _NO_ONE
        return embedded or explained or says_so or automatic or null_sender
    return embedded and explained and says_so


def _from_daemon(mail: Mail) -> bool:
    return bool(_DAEMON.search(decode_words(mail.headers.get("from"))))


def _of_failure(mail: Mail) -> bool:
    return bool(_FAILURE.search(decode_words(mail.headers.get("subject"))))
