"""The mail itself: headers and a multipart body, as bytes for DATA.

Headers with words in them go through the standard library's folding and encoding. The rest is
written here: the library would turn a long `List-Unsubscribe` URL into encoded words that no
mailbox provider reads, and takes ten times as long for the body (docs/decisions/0502).
"""

import re
from binascii import b2a_qp
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address as DisplayAddress
from email.headerregistry import HeaderRegistry
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256

from senders.clock import at
from senders.errors import BadMailError
from senders.mail.rendering import Rendered

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_LINE = 998
"""RFC 5322, section 2.1.1, without the line's end."""
_PLAIN = bytes([*b"\t\r\n", *range(32, 127)])
"""What may stand in a body as it is (RFC 2045, section 6.2, 7bit)."""
_SHORT = 64
"""Longest plain value that needs no folding under any of our header names."""
_HEADERS = HeaderRegistry()


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
        _plain("Date", format_datetime(at(now_ms))),
        _plain("Message-ID", message_id(decision_id, sender.domain)),
        *_purpose(purpose),
        _plain("X-Nextbest-Decision", decision_id),
        _plain("MIME-Version", "1.0"),
        _plain("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    if sender.reply_to:
        headers.insert(2, _plain("Reply-To", sender.reply_to))
    mark = f"--{boundary}".encode()
    parts = (_part("plain", rendered.text.encode()), _html_part(rendered.html))
    body = b"".join(b"%b\r\n%b\r\n" % (mark, part) for part in parts)
    return "".join([*headers, "\r\n"]).encode("ascii") + b"%b%b--\r\n" % (body, mark)


def _purpose(purpose: Purpose) -> Iterator[str]:
    if purpose.unsubscribe_url:
        yield _plain("List-Unsubscribe", f"<{purpose.unsubscribe_url}>")
        yield _plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    yield _plain("Feedback-ID", purpose.feedback_id)
    if purpose.automatic:
        yield _plain("Auto-Submitted", "auto-generated")


@lru_cache(maxsize=16)
def _author(sender: From) -> str:
    if not sender.name:
        return _plain("From", sender.address)
    _refuse_control("From", sender.name)
    return _words("From", str(DisplayAddress(sender.name, addr_spec=sender.address)))


def _plain(name: str, value: str) -> str:
    _refuse_control(name, value)
    if not value.isascii() or len(name) + len(value) + 2 > _LONGEST_LINE:
        raise BadMailError(name)
    return f"{name}: {value}\r\n"


def _words(name: str, value: str) -> str:
    _refuse_control(name, value)
    if value.isascii() and len(value) <= _SHORT and "=?" not in value:
        return f"{name}: {value}\r\n"
    return str(_HEADERS(name, value).fold(policy=SMTP))


def _refuse_control(name: str, value: str) -> None:
    if _CONTROL.search(value):
        raise BadMailError(name)


def _html_part(html: str) -> bytes:
    """A part of HTML, in ASCII: what isn't becomes character references, wherever those are read.

    They are not within <style>, so a mail whose styles hold more than ASCII is encoded as a whole.
    """
    if html[: html.rfind("</style>") + 1].isascii():
        return _part("html", html.encode("ascii", "xmlcharrefreplace"))
    return _part("html", html.encode())


def _part(kind: str, body: bytes) -> bytes:
    lines = body.splitlines()
    plain = not body.translate(None, _PLAIN)
    if plain and max(map(len, lines), default=0) > _LONGEST_LINE:
        # Between attributes a line's end is as good as a space.
        lines = body.replace(b'" style="', b'"\nstyle="').splitlines()
        plain = max(map(len, lines)) <= _LONGEST_LINE
    text = b"\r\n".join(lines) + b"\r\n"
    if not plain:
        # RFC 2045, section 6.7: keeps lines short and ASCII whatever they hold.
        text = b2a_qp(text, istext=True)
    return (
        f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: '
        f"{'7bit' if plain else 'quoted-printable'}\r\n\r\n"
    ).encode() + text
