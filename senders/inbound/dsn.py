"""Delivery status notifications by the book: RFC 3464, and RFC 6533 for other alphabets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from senders.inbound import mime
from senders.inbound.addresses import of_field
from senders.inbound.mime import MAX_TEXT_BYTES, Headers, Mail, Part, parse_headers

KINDS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
MAX_RECIPIENTS: Final = 100
GRAVEST: Final = ("failed", "delayed", "expanded", "relayed", "delivered")
_ACTION = re.compile(r"(failed|failure|delayed|delivered|relayed|expanded|expired)", re.IGNORECASE)
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_TYPE = re.compile(r"^[A-Za-z0-9-]{1,40}\s*;\s*")
_FIELD_LINES = re.compile(
    r"^(?:(?:Final|Original)-Recipient|Action|Status|Diagnostic-Code|Remote-MTA|Reporting-MTA"
    r"|X-Actual-Recipient|Last-Attempt-Date|Arrival-Date|Will-Retry-Until)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """What a report says of one recipient.

    Attributes:
        address: `Final-Recipient`, else what there is; lower case, maybe empty.
        original: `Original-Recipient`, or empty.
        action: One of `GRAVEST`, or empty.
        status: Enhanced status code, or empty.
        diagnostic: `Diagnostic-Code` without its type, or empty.
        diagnostic_type: Its type in lower case, `smtp` for instance.
    """

    address: str
    original: str
    action: str
    status: str
    diagnostic: str
    diagnostic_type: str


@dataclass(frozen=True, slots=True)
class Dsn:
    """A report.

    Attributes:
        recipients: In order; not empty.
        reporter: `Reporting-MTA` without its type, or empty.
    """

    recipients: tuple[Recipient, ...]
    reporter: str


def read(mail: Mail) -> Dsn | None:
    """The report in a mail; None where there is none by the book."""
    found = _among(mail.parts)
    if found is None and mail.kind in {"multipart/mixed", "multipart/report"}:
        # A gateway's wrapping: the report came as the mail that it forwards.
        for part in mail.parts:
            if part.kind == "message/rfc822" and b"delivery-status" in part.body[:MAX_TEXT_BYTES]:
                return _among(mime.read(part.body).parts)
    return found


def _among(parts: Sequence[Part]) -> Dsn | None:
    for part in parts:
        if part.kind in KINDS and (found := parse(part.data())) is not None:
            return found
    return None


def in_text(text: str) -> Dsn | None:
    """The report whose fields stand in a mail's plain text, as some servers write them."""
    lines = _FIELD_LINES.search(text)
    if lines is None or "-recipient" not in text.lower():
        return None
    return parse(text[lines.start() :].encode("utf-8", "replace"))


def parse(data: bytes) -> Dsn | None:
    """Read the groups of fields of a report; None where no recipient is among them."""
    groups = re.split(rb"\n[ \t]*\n", data.replace(b"\r\n", b"\n").strip(b"\n"))
    reporter, recipients = "", []
    for group in groups[: MAX_RECIPIENTS + 1]:
        headers = parse_headers(group)
        reporter = reporter or _TYPE.sub("", headers.get("reporting-mta"))
        found = _recipients(headers)
        recipients += found
    return Dsn(tuple(recipients[:MAX_RECIPIENTS]), reporter[:255]) if recipients else None


def gravest(recipients: Sequence[Recipient]) -> Recipient:
    """The recipient a report with several is told by: failed before delayed before the rest."""

    def rank(recipient: Recipient) -> tuple[int, bool, bool]:
        action = recipient.action or "failed"
        return (GRAVEST.index(action), not recipient.status.startswith("5"), not recipient.address)

    return min(recipients, key=rank)


def status_in(text: str) -> str:
    """The first enhanced status code in a text (RFC 3463), or empty."""
    found = _STATUS.search(text)
    return found[0] if found else ""


def _recipients(headers: Headers) -> list[Recipient]:
    """Recipients of one group of fields: one by the book, several where blank lines are missing."""
    names = [name for name, _value in headers.fields]
    if not {"final-recipient", "original-recipient", "x-actual-recipient"} & set(names):
        return []
    groups: list[list[tuple[str, str]]] = [[]]
    for field in headers.fields:
        if field[0] == "final-recipient" and any(n == field[0] for n, _ in groups[-1]):
            groups.append([])
        groups[-1].append(field)
    return [_recipient(Headers(group)) for group in groups]


def _recipient(headers: Headers) -> Recipient:
    final = of_field(headers.get("final-recipient"))
    actual = of_field(headers.get("x-actual-recipient"))
    original = of_field(headers.get("original-recipient"))
    action = _ACTION.search(headers.get("action"))
    diagnostic = headers.get("diagnostic-code")
    kind = _TYPE.match(diagnostic)
    return Recipient(
        final or actual or original,
        original,
        _canonical(action[1].lower()) if action else "",
        status_in(headers.get("status")),
        diagnostic[kind.end() :] if kind else diagnostic,
        kind[0].rstrip("; \t").lower() if kind else "",
    )


def _canonical(action: str) -> str:
    return {"failure": "failed", "expired": "failed"}.get(action, action)
