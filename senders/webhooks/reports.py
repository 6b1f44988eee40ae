"""What a relay reports of a mail, whichever relay it is; and whether an address is dead by it."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from senders.links.verp import ReturnPaths, mail_id
from senders.returns.reasons import HARD

Kind = Literal["hard", "soft", "complaint", "unsubscribe"]

_STATUS: Final = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_MESSAGE_ID: Final = re.compile(r"<?\s*([!-;=?-~]{1,256})@[^@>\s]+>?")
_BY_STATUS: Final = {
    "5.1.1": "userunknown",
    "5.1.2": "hostunknown",
    "5.1.3": "userunknown",
    "5.1.6": "hasmoved",
    "5.1.10": "notaccept",
    "5.2.1": "suspend",
    "5.2.2": "mailboxfull",
    "5.2.3": "emailtoolarge",
    "5.3.4": "emailtoolarge",
}
_BY_SUBJECT: Final = {"2": "filtered", "3": "systemerror", "6": "contenterror", "7": "rejected"}
"""By the second number of a status (RFC 3463, section 3): what is not about whether it exists."""


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that became of one mail.

    Attributes:
        mail: `senders.links.verp.mail_id` of it; None where nothing names one of ours.
        address_hash: `senders.recipients.suppression.digest_of` whom it is about, or None.
        kind: What became of it.
        status: Enhanced status code (RFC 3463), or empty.
        reason: One of `senders.returns.reasons.REASONS`; empty where it is no bounce.
    """

    mail: str | None
    address_hash: str | None
    kind: Kind
    status: str = ""
    reason: str = ""


def status_in(*texts: str) -> str:
    """The first enhanced status code in what a server said, or empty."""
    found = (_STATUS.search(text) for text in texts)
    return next((match[1] for match in found if match), "")


def permanent_reason(status: str) -> str:
    """Why a mail was refused for good, as far as the status tells; a bare refusal is of the user.

    A relay calls permanent whatever it doesn't try again, what a spam filter refused too; the
    address is dead only by the reasons in `senders.returns.reasons.HARD`.
    """
    known = _BY_STATUS.get(status)
    if known is not None:
        return known
    subject = status.split(".")[1] if status else ""
    return _BY_SUBJECT.get(subject, "userunknown")


def bounce(mail: str | None, address_hash: str | None, status: str, reason: str) -> Report:
    """A report of a bounce, hard where the reason says so."""
    return Report(mail, address_hash, "hard" if reason in HARD else "soft", status, reason)


def mail_named(
    secrets: tuple[str, ...], *, return_path: str = "", decision_id: str = "", message_id: str = ""
) -> str | None:
    """The `mail_id` of the mail that a report is about: by what names it most surely.

    Args:
        secrets: Keys that return paths are signed with.
        return_path: The envelope sender, whichever its domain: its signature says that it is ours.
        decision_id: Our own header's value.
        message_id: The mail's Message-ID, whose left part is the decision's id.
    """
    if return_path:
        mail = ReturnPaths(return_path.rpartition("@")[2], secrets).open(return_path)
        if mail is not None:
            return mail
    if 0 < len(decision_id) <= 256:
        return mail_id(decision_id)
    found = _MESSAGE_ID.fullmatch(message_id.strip())
    return mail_id(found[1]) if found else None
