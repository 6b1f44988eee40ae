"""What the demo's mail servers send back, read with the standard library as anybody would."""

from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from deploy.demo.mailer_daemon import NO_SUCH_MAILBOX, bounce_of, complaint_about
from deploy.servers.mailbox import Mail

AT_SECONDS = 1_767_571_200.0


def mail() -> Mail:
    message = EmailMessage()
    message["Subject"] = "Your cart"
    message["Message-ID"] = "<d1@shop.example>"
    message.set_content("Still there.")
    return Mail(1, "b-token@bounces.shop.example", ["s1@shoppers.example"], message.as_bytes())


def parts(report: bytes) -> tuple[EmailMessage, list[Message]]:
    whole = message_from_bytes(report, policy=policy.default)
    return whole, list(whole.iter_parts())


def inside(part: Message) -> list[Message]:
    held = part.get_payload()
    assert isinstance(held, list)
    return [each for each in held if isinstance(each, Message)]


def test_a_bounce_is_a_delivery_status_notification_to_the_return_path() -> None:
    whole, (said, status, returned) = parts(bounce_of(mail(), NO_SUCH_MAILBOX, AT_SECONDS))
    assert whole.get_content_type() == "multipart/report"
    assert whole["To"] == "b-token@bounces.shop.example"
    assert said.get_content_type() == "text/plain"
    per_mail, per_recipient = inside(status)
    assert per_mail["Reporting-MTA"].startswith("dns;")
    assert per_recipient["Final-Recipient"] == "rfc822; s1@shoppers.example"
    assert (per_recipient["Action"], per_recipient["Status"]) == ("failed", "5.1.1")
    (original,) = inside(returned)
    assert original["Message-ID"] == "<d1@shop.example>"


def test_a_complaint_is_a_feedback_report_with_the_mail_in_it() -> None:
    report = complaint_about(mail(), "complaints@bounces.shop.example", AT_SECONDS)
    whole, (_said, feedback, returned) = parts(report)
    assert whole["To"] == "complaints@bounces.shop.example"
    assert feedback.get_content_type() == "message/feedback-report"
    (fields,) = inside(feedback)
    assert fields["Feedback-Type"] == "abuse"
    (original,) = inside(returned)
    assert original["Message-ID"] == "<d1@shop.example>"
