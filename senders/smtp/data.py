"""DATA, for mails whose lines are known to end in CRLF.

aiosmtplib's own goes through each mail twice with regular expressions, to mend line ends that ours
don't have: half a millisecond for 40 kB, most of what handing a mail over takes.
"""

import aiosmtplib
from aiosmtplib.response import SMTPResponse

_GO_ON = 354
_DONE = 250


def dot_stuffed(mail: bytes) -> bytes:
    """A mail as DATA carries it, with the dot that ends it (RFC 5321, sections 4.1.1.4 and 4.5.2).

    Args:
        mail: The mail, every line ending in CRLF.
    """
    stuffed = mail.replace(b"\r\n.", b"\r\n..")
    first = b"." if mail.startswith(b".") else b""
    last = b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n"
    return b"".join((first, stuffed, last))


async def send_data(client: aiosmtplib.SMTP, mail: bytes) -> SMTPResponse:
    """Speak DATA and hand the mail over.

    Whoever calls has the connection to themself, and closes it on any error but a clean refusal.

    Raises:
        aiosmtplib.SMTPDataError: The server answered no.
        aiosmtplib.SMTPException: No usable answer.
    """
    answer = await client.execute_command(b"DATA")
    if answer.code != _GO_ON:
        raise aiosmtplib.SMTPDataError(answer.code, answer.message)
    protocol = client.protocol
    if protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    protocol.write(dot_stuffed(mail))
    answer = await protocol.read_response(timeout=client.timeout)
    if answer.code != _DONE:
        raise aiosmtplib.SMTPDataError(answer.code, answer.message)
    return answer
