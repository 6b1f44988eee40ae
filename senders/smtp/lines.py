"""What goes over the wire before the mail: commands, and replies as they come."""

import re

from senders.smtp.replies import Reply

NOT_A_REPLY = -1
"""The code of what should have been a reply and isn't."""
MOST_LINE_BYTES, MOST_REPLY_BYTES = 8_192, 32_768
"""What is longer is no reply; RFC 5321, section 4.5.3.1.5, allows 512 a line."""
MOST_REPLY_LINES = 256
"""As many lines are no reply: they are gone through anew with each packet, of which a server that
means harm sends one for each byte."""
_PLAIN = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]+@[A-Za-z0-9.-]+", re.ASCII)
"""Addresses that need no quoting, which are all that `runtime.mailbox` lets through."""


def mail_from(sender: str) -> bytes:
    """MAIL for an envelope sender.

    Raises:
        ValueError: No server could be told such an address.
    """
    return b"MAIL FROM:%b\r\n" % _path(sender)


def rcpt_to(mailbox: str) -> bytes:
    """RCPT for an envelope recipient.

    Raises:
        ValueError: No server could be told such an address.
    """
    return b"RCPT TO:%b\r\n" % _path(mailbox)


def _path(address: str) -> bytes:
    # aiosmtplib reads addresses as headers hold them: that takes long, and leaves out what's odd.
    if not _PLAIN.fullmatch(address):
        raise ValueError("no plain address")
    return b"<%b>" % address.encode("ascii")


def first_reply(unread: bytes) -> tuple[Reply, int] | None:
    """The first reply in what a server has said, and where it ends; None while it hasn't ended.

    Args:
        unread: Begins where a reply does (RFC 5321, section 4.2).
    """
    texts: list[bytes] = []
    start = 0
    while (end := unread.find(b"\n", start)) >= 0:
        code = unread[start : start + 3]
        endless = end - start >= MOST_LINE_BYTES or len(texts) >= MOST_REPLY_LINES
        if not code.isdigit() or endless:
            return Reply(NOT_A_REPLY, "Malformed"), end + 1
        texts.append(unread[start + 4 : end].strip())
        last = unread[start + 3 : start + 4] != b"-"
        start = end + 1
        if last:
            text = b"\n".join(texts).decode("utf-8", "surrogateescape")
            return Reply(int(code), text), start
    if len(unread) > MOST_REPLY_BYTES:
        return Reply(NOT_A_REPLY, "Too long"), len(unread)
    return None
