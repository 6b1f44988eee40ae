"""A mail that came back, read: by the standards first, then by its words. Never raises.

Order: feedback reports (RFC 5965), delivery status notifications (RFC 3464), automatic answers (RFC
3834), a report in words, with `flufl.bounce` as another opinion on whom it is about.
"""

import re
from dataclasses import replace
from typing import Final

from senders.inbound import arf, autoreply, dsn, kinds, notice, words
from senders.inbound.addresses import find_all
from senders.inbound.flufl import failed_recipients
from senders.inbound.mime import MAX_VALUE, Headers, Mail, read
from senders.inbound.reason import Said, quoted, reason_of, reply_code
from senders.inbound.report import AUTO_REPLY, NOT_A_REPORT, UNREADABLE, Report
from senders.returns.reasons import is_hard

_ADDRESSED: Final = ("to", "delivered-to", "x-original-to", "envelope-to")
_RETURNED: Final = ("return-path", "x-envelope-from", "x-original-return-path")
_LINK: Final = re.compile(r"<(https?://[^<>\s]{1,4000})>")
_TRACES: Final = 8
"""Most traces of a kind that a report keeps."""
_DONE: Final = frozenset({"delivered", "relayed", "expanded"})


def parse(data: bytes, envelope_recipient: str = "") -> Report:
    """Read a mail.

    Args:
        data: The mail, lines ended by CRLF, LF or CR; what is not one gives a report of kind none.
        envelope_recipient: Whom it was addressed to in SMTP, where known.
    """
    mail = read(data)
    if not mail.headers.fields:
        return Report(reason=UNREADABLE)
    told = notice.read(mail)
    feedback = arf.read(mail)
    if feedback is not None:
        report = _of_feedback(feedback)
    elif (found := dsn.read(mail)) is not None:
        report = _of_dsn(found, mail, told)
    elif kinds.is_other_report(mail):
        report = Report(reason=NOT_A_REPORT)
    elif not kinds.surely_reports_failure(mail) and autoreply.is_auto_reply(mail.headers):
        report = Report(reason=AUTO_REPLY)
    else:
        report = _of_words(mail, told)
    return _with_traces(report, mail, told.original, envelope_recipient)


def _of_feedback(feedback: arf.Feedback) -> Report:
    return Report(
        kind="complaint" if feedback.complaint else "none",
        recipient=feedback.recipient,
        reason="feedback",
        source="arf",
        reporter=feedback.reporter,
    )


def _of_dsn(found: dsn.Dsn, mail: Mail, told: notice.Notice) -> Report:
    worst = dsn.gravest(found.recipients)
    address = worst.address or _recipient(mail, told)
    if worst.action in _DONE or worst.status.startswith("2"):
        return Report(
            recipient=address,
            original_recipient=worst.original,
            reason="delivered",
            action=worst.action or "delivered",
            source="dsn",
            reporter=found.reporter,
        )
    own_words = _about(told.text, address) if len(found.recipients) > 1 else told.text
    diagnostic = quoted(worst.diagnostic)
    said = Said(
        _status(worst.status, diagnostic, own_words),
        diagnostic or words.reply_in(own_words),
        own_words,
        worst.action,
        "unix" in worst.diagnostic_type,
    )
    return _failure(said, address, worst.original, "dsn", found.reporter)


def _of_words(mail: Mail, told: notice.Notice) -> Report:
    if not kinds.reports_failure(mail, told):
        return Report()
    in_text = dsn.in_text(told.text)
    if in_text is not None:
        return _of_dsn(in_text, mail, told)
    address = _recipient(mail, told)
    reply = words.reply_in(told.text)
    said = Said(dsn.status_in(reply) or dsn.status_in(told.text), reply, told.text)
    return _failure(said, address, "", "text", "")


def _failure(said: Said, address: str, original: str, source: str, reporter: str) -> Report:
    reason = reason_of(said)
    # With a 4 before it a null MX or a missing domain is a name server's trouble.
    passing = said.action == "delayed" or (said.status.startswith("4") and reason == "notaccept")
    hard = is_hard(reason) and not passing
    status = said.status
    if not status:
        code = reply_code(said.diagnostic)
        lasting = reason != "expired" and said.action != "delayed"
        status = f"{code[0]}.0.0" if code else ("5.0.0" if lasting else "4.0.0")
    return Report(
        kind="hard" if hard else "soft",
        recipient=address,
        original_recipient=original if original != address else "",
        status=status,
        reason=reason,
        action=said.action or "failed",
        source=source,
        reporter=reporter,
    )


def _status(told: str, diagnostic: str, text: str) -> str:
    """The most telling status code: the server's own before the reporter's general one."""
    quoted = dsn.status_in(diagnostic)
    if not told or told.endswith(".0.0"):
        return quoted or told or dsn.status_in(text)
    return told


def _about(text: str, address: str) -> str:
    """What a notice says from the first mention of a recipient on."""
    at = text.lower().find(address) if address else -1
    return text[at : at + 1_000] if at >= 0 else text


def _recipient(mail: Mail, told: notice.Notice) -> str:
    failed = find_all(mail.headers.get("x-failed-recipients"))
    if failed:
        return failed[0]
    guess = words.recipient_in(told.text, mail.headers, told.original)
    if guess.sure:
        return guess.address
    others = failed_recipients(mail)
    return guess.address if guess.address in others or not others else min(others)


def _with_traces(report: Report, mail: Mail, original: Headers, envelope: str) -> Report:
    """The report, with what in the mail may prove that it is about one of ours."""
    paths = [envelope] if envelope else []
    for headers, names in ((mail.headers, _ADDRESSED), (original, _RETURNED)):
        paths += [address for name in names for address in find_all(headers.get(name))]
    links = _LINK.findall(" ".join(original.all("list-unsubscribe"))[:MAX_VALUE])
    return replace(
        report,
        return_paths=tuple(dict.fromkeys(paths))[:_TRACES],
        links=tuple(dict.fromkeys(links))[:_TRACES],
        message_id=original.get("message-id")[:255],
    )
