"""What the shoppers' mail servers send back: bounces, and complaints of who pressed "spam".

Written as a server writes them, with the standard library: a delivery status notification (RFC
3464) to the envelope sender, from the null sender (RFC 5321, section 4.5.5), and a feedback report
(RFC 5965) to the address that a sender gives to the provider's feedback loop.
"""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formatdate

from deploy.servers.mailbox import Mail

SERVER = "mx.shoppers.example"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a mail comes back.

    Attributes:
        status: Enhanced status code (RFC 3463).
        said: What the mailbox' server said.
    """

    status: str
    said: str


NO_SUCH_MAILBOX = Failure("5.1.1", "550 5.1.1 no mailbox here by that name")
MAILBOX_FULL = Failure("5.2.2", "552 5.2.2 mailbox is full")


def bounce_of(mail: Mail, failure: Failure, at_seconds: float) -> bytes:
    """The notification that a mail could not be delivered, its headers returned with it."""
    recipient = mail.recipients[0]
    report = _report("delivery-status", mail.mail_from, "Undelivered Mail Returned", at_seconds)
    report["Auto-Submitted"] = "auto-replied"
    report.attach(
        MIMEText(
            f"This is the mail system at {SERVER}.\n\n"
            f"Your message could not be delivered.\n\n<{recipient}>: {failure.said}\n"
        )
    )
    status = MIMEBase("message", "delivery-status")
    status.attach(_fields({"Reporting-MTA": f"dns; {SERVER}"}))
    status.attach(
        _fields(
            {
                "Final-Recipient": f"rfc822; {recipient}",
                "Action": "failed",
                "Status": failure.status,
                "Diagnostic-Code": f"smtp; {failure.said}",
            }
        )
    )
    report.attach(status)
    report.attach(_returned(mail))
    return report.as_bytes()


def complaint_about(mail: Mail, to: str, at_seconds: float) -> bytes:
    """The feedback report on a mail that its recipient called spam."""
    report = _report("feedback-report", to, "Abuse report", at_seconds)
    report.attach(MIMEText("This is an abuse report for a message that you sent.\n"))
    feedback = MIMEBase("message", "feedback-report")
    feedback.attach(
        _fields(
            {
                "Feedback-Type": "abuse",
                "User-Agent": "ShoppersMail/1.0",
                "Version": "1",
                "Original-Mail-From": f"<{mail.mail_from}>",
                "Original-Rcpt-To": f"<{mail.recipients[0]}>",
            }
        )
    )
    report.attach(feedback)
    report.attach(_returned(mail))
    return report.as_bytes()


def _report(kind: str, to: str, subject: str, at_seconds: float) -> MIMEMultipart:
    report = MIMEMultipart("report", report_type=kind)
    report["From"] = f"MAILER-DAEMON@{SERVER}"
    report["To"] = to
    report["Subject"] = subject
    report["Date"] = formatdate(at_seconds)
    return report


def _fields(fields: dict[str, str]) -> Message:
    block = Message()
    for name, value in fields.items():
        block[name] = value
    return block


def _returned(mail: Mail) -> MIMEBase:
    """The mail itself, as RFC 3462 has it returned: whole, since ours are short."""
    part = MIMEBase("message", "rfc822")
    part.attach(message_from_bytes(mail.content))
    return part
