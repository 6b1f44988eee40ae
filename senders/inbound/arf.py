"""Feedback reports: a person called a mail spam, and their provider tells so (RFC 5965, 6590)."""

from dataclasses import dataclass
from typing import Final

from senders.inbound.addresses import find_all, of_field
from senders.inbound.mime import Headers, Mail, Part, parse_headers, split

KIND: Final = "message/feedback-report"
COMPLAINTS: Final = frozenset(
    {"abuse", "fraud", "virus", "other", "opt-out", "opt-out-list", "miscategorized"}
)
"""Feedback types (RFC 5965, section 3.1, and the registry) by which a person doesn't want the mail.
`not-spam` says the contrary, `auth-failure` and `dmarc` are about our signatures (RFC 6591)."""
_JMRP: Final = ("x-hmxmroriginalrecipient", "x-hmxmroriginalrecipients")


@dataclass(frozen=True, slots=True)
class Feedback:
    """A feedback report.

    Attributes:
        kind: The feedback type, lower case.
        recipient: Who complained, where told; providers often take it out.
        reporter: `Reporting-MTA`, else `User-Agent`, or empty.
    """

    kind: str
    recipient: str
    reporter: str

    @property
    def complaint(self) -> bool:
        """Whether somebody complained."""
        return self.kind in COMPLAINTS


def read(mail: Mail) -> Feedback | None:
    """The feedback report in a mail, or None.

    Also Microsoft's (JMRP), which are the mail itself, forwarded with a header of its recipient.
    """
    original = original_headers(mail)
    for part in mail.parts:
        if part.kind == KIND or _looks_like_feedback(part):
            fields = parse_headers(part.data().strip())
            kind = fields.get("feedback-type").strip().lower()
            if kind:
                told = of_field(fields.get("original-rcpt-to"))
                told = told or of_field(fields.get("removal-recipient"))
                reporter = fields.get("reporting-mta") or fields.get("user-agent")
                return Feedback(kind, told or _addressee(original), reporter[:255])
    for headers in (original, mail.headers):
        for name in _JMRP:
            if headers is not None and (found := find_all(headers.get(name))):
                return Feedback("abuse", found[0], "")
    return None


def original_headers(mail: Mail) -> Headers | None:
    """The headers of the mail a report is about, where it comes as a part of its own."""
    for part in mail.parts:
        if part.kind in {"message/rfc822", "message/global"}:
            return split(part.data().replace(b"\r\n", b"\n").lstrip(b"\n"))[0]
        if part.kind in {"text/rfc822-headers", "message/global-headers", "message/rfc822-headers"}:
            return parse_headers(part.data().strip())
    return None


def _looks_like_feedback(part: Part) -> bool:
    return part.kind == "text/plain" and part.body.lstrip()[:14].lower() == b"feedback-type:"


def _addressee(original: Headers | None) -> str:
    """Whom the mail went to, where it names exactly one."""
    if original is None:
        return ""
    found = find_all(original.get("x-original-to") or original.get("to"))
    return found[0] if len(found) == 1 else ""
