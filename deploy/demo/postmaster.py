"""The shoppers' mail servers at work: bounces and complaints, handed to `nextbest inbound` by SMTP.

What was answered with 250 is booked: it must come out at the other end, as a delivery event.
"""

import smtplib
from collections.abc import Callable

from deploy.demo.errors import DemoError
from deploy.demo.ledger import Ledger
from deploy.demo.mailer_daemon import MAILBOX_FULL, NO_SUCH_MAILBOX, bounce_of, complaint_about
from deploy.demo.people import Mailbox
from deploy.servers.mailbox import Mail

_ANSWER_SECONDS = 30.0
_FAILURES = {Mailbox.DEAD: NO_SUCH_MAILBOX, Mailbox.FULL: MAILBOX_FULL}


class Postmaster:
    """Sends reports.

    Args:
        host: Where `nextbest inbound` listens.
        port: Its port.
        complaints_to: The address of the feedback loop.
        ledger: Where reports are booked.
        seconds: The time for their Date, epoch seconds.
    """

    def __init__(
        self,
        host: str,
        port: int,
        complaints_to: str,
        ledger: Ledger,
        seconds: Callable[[], float],
    ) -> None:
        self._at = host, port
        self._complaints_to = complaints_to
        self._ledger = ledger
        self._seconds = seconds

    def bounce(self, mail: Mail, mailbox: Mailbox, decision_id: str) -> None:
        """Send a mail back to its envelope sender, where its mailbox takes none."""
        self._send(mail.mail_from, bounce_of(mail, _FAILURES[mailbox], self._seconds()))
        self._ledger.bounced.add(decision_id)

    def complain(self, mail: Mail) -> None:
        """Tell the sender that the reader called a mail spam."""
        report = complaint_about(mail, self._complaints_to, self._seconds())
        self._send(self._complaints_to, report)

    def _send(self, to: str, report: bytes) -> None:
        try:
            with smtplib.SMTP(*self._at, timeout=_ANSWER_SECONDS) as server:
                server.sendmail("", [to], report)
        except (OSError, smtplib.SMTPException) as error:
            raise DemoError(f"nextbest inbound did not take a report: {error}") from error
