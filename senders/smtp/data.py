"""Mails as DATA carries them, for mails whose lines are known to end in CRLF.

aiosmtplib's own goes through each mail twice with regular expressions, to mend line ends that ours
don't have: half a millisecond for 40 kB, most of what handing a mail over takes.
"""

import re

_DOT = re.compile(rb"\n\.")
"""Looked for before `replace`, which takes three times as long to find nothing."""


def dot_stuffed(mail: bytes) -> bytes:
    """A mail with the dot that ends it (RFC 5321, sections 4.1.1.4 and 4.5.2).

    Args:
        mail: The mail, every line ending in CRLF.
    """
    stuffed = mail.replace(b"\r\n.", b"\r\n..") if _DOT.search(mail) else mail
    first = b"." if mail.startswith(b".") else b""
    last = b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n"
    return b"".join((first, stuffed, last))
