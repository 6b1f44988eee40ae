"""The mail itself: headers and a multipart body, as bytes for DATA.

Written here: the standard library would turn a long `List-Unsubscribe` URL into encoded words that
no mailbox provider reads, loses spaces in long subjects beyond ASCII, and takes ten times as long
for the body (docs/decisions/0502).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address as DisplayAddress
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256

from senders.clock import at
from senders.errors import BadMailError
from senders.mail.header_words import encoded, header
from senders.mail.parts import LONGEST_LINE, html_part, text_part
from senders.mail.rendering import Rendered

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class From:
    """Who a mail comes from.

    Attributes:
        address: The From address.
        name: The name shown; may be empty.
        reply_to: Where replies go; the From address where empty.
    """

    address: str
    name: str = ""
    reply_to: str = ""

    @property
    def domain(self) -> str:
        """The address' domain, which also names the mail's id."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a mail is for, as far as its headers say so.

    Attributes:
        feedback_id: `senders.mail.feedback_id.feedback_id`.
        unsubscribe_url: HTTPS URL for one-click unsubscription (RFC 8058); empty where there is
            nothing to unsubscribe from.
        automatic: Whether it says that a machine wrote it (RFC 3834), so that no machine answers.
            Whoever may unsubscribe gets no such answers either way (RFC 5230, section 4.6).
    """

    feedback_id: str
    unsubscribe_url: str = ""
    automatic: bool = False


def message_id(decision_id: str, domain: str) -> str:
    """The Message-ID of a decision's mail (RFC 5322, section 3.6.4): the same for every attempt."""
    if not _ATOM.fullmatch(decision_id) or len(decision_id) > 128:
        decision_id = sha256(decision_id.encode()).hexdigest()
    return f"<{decision_id}@{domain}>"


def build(
    rendered: Rendered,
    sender: From,
    mailbox: str,
    decision_id: str,
    purpose: Purpose,
    now_ms: int,
) -> bytes:
    """The mail's bytes, lines ending in CRLF.

    Args:
        rendered: Its contents.
        sender: Who it comes from.
        mailbox: The recipient, ASCII, as in the envelope.
        decision_id: Names the mail.
        purpose: What it is for.
        now_ms: Its date, epoch milliseconds.

    Raises:
        BadMailError: A header would hold a control character.
    """
    boundary = "=_" + sha256(decision_id.encode()).hexdigest()[:32]
    headers = [
        _author(sender),
        _plain("To", mailbox),
        _words("Subject", rendered.subject),
        _date(now_ms // 1_000),
        _plain("Message-ID", message_id(decision_id, sender.domain)),
        *_purpose(purpose),
        _plain("X-Nextbest-Decision", decision_id),
        f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n',
    ]
    if sender.reply_to:
        headers.insert(2, _plain("Reply-To", sender.reply_to))
    head, mark = "".join(headers).encode("ascii"), f"\r\n--{boundary}".encode()
    text, html = text_part(rendered.text), html_part(rendered.html)
    return b"%b%b\r\n%b%b\r\n%b%b--\r\n" % (head, mark, text, mark, html, mark)


def _purpose(purpose: Purpose) -> Iterator[str]:
    if purpose.unsubscribe_url:
        yield _plain("List-Unsubscribe", f"<{purpose.unsubscribe_url}>")
        yield _plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    yield _plain("Feedback-ID", purpose.feedback_id)
    if purpose.automatic:
        yield _plain("Auto-Submitted", "auto-generated")


@lru_cache(maxsize=4)
def _date(seconds: int) -> str:
    return _plain("Date", format_datetime(at(seconds * 1_000)))


@lru_cache(maxsize=16)
def _author(sender: From) -> str:
    if not sender.name:
        return _plain("From", sender.address)
    _refuse_control("From", sender.name)
    if sender.name.isascii() and "=?" not in sender.name:
        return _words("From", str(DisplayAddress(sender.name, addr_spec=sender.address)))
    return f"From: {encoded(sender.name, len('From: '))}\r\n <{sender.address}>\r\n"


def _plain(name: str, value: str) -> str:
    # Of ASCII all but control characters is printable.
    fit = value.isascii() and value.isprintable()
    if not fit or len(name) + len(value) + 2 > LONGEST_LINE:
        raise BadMailError(name)
    return f"{name}: {value}\r\n"


def _words(name: str, value: str) -> str:
    _refuse_control(name, value)
    try:
        return header(name, value)
    except UnicodeEncodeError as error:
        raise BadMailError(name) from error


def _refuse_control(name: str, value: str) -> None:
    if _CONTROL.search(value):
        raise BadMailError(name)
