"""What SES and SendGrid tell, read: of which mail, whose, and whether the address is dead."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.errors import ForgedReportError
from senders.links.verp import ReturnPaths, mail_id
from senders.recipients.suppression import digest_of
from senders.returns.reasons import REASONS
from senders.webhooks import sendgrid, ses
from senders.webhooks.reports import Report, mail_named, status_in
from tests.senders.webhooks.senders_of_reports import (
    sendgrid_event,
    ses_bounce,
    ses_complaint,
    ses_mail,
)

SECRETS = ("a-secret-for-tests-only", "a-former-secret-of-ours")
ANN = digest_of("ann@inbox.example")
MAIL = mail_id("d1")

NAMES = "notificationType bounce complaint mail headers name value source commonHeaders \
bouncedRecipients complainedRecipients emailAddress bounceType event email smtp-id"
VALUES = ["Bounce", "Complaint", "bounce", "Permanent", "spamreport"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(sorted(NAMES.split())), inner | st.sampled_from(VALUES), max_size=5
        )
    ),
    max_leaves=15,
)


def of_ses(told: Any) -> list[Report]:
    return ses.reports_in(json.dumps(told), SECRETS)


def of_sendgrid(*events: Any) -> list[Report]:
    return sendgrid.reports_in(json.dumps(events).encode(), SECRETS)


@pytest.mark.parametrize(
    ("bounce", "kind", "status", "reason"),
    [
        (ses_bounce(), "hard", "5.1.1", "userunknown"),
        (ses_bounce(status=None, diagnosticCode=None), "hard", "", "userunknown"),
        (ses_bounce(status="5.1.2"), "hard", "5.1.2", "hostunknown"),
        (ses_bounce(status="5.4.1"), "hard", "5.4.1", "userunknown"),
        (ses_bounce(status="5.7.1"), "soft", "5.7.1", "rejected"),
        (ses_bounce(status="5.2.2"), "soft", "5.2.2", "mailboxfull"),
        (ses_bounce(status="5.6.0"), "soft", "5.6.0", "contenterror"),
        (ses_bounce("Permanent", "Suppressed", status=None), "hard", "5.1.1", "suppressed"),
        (ses_bounce("Transient", "MailboxFull", status="4.2.2"), "soft", "4.2.2", "mailboxfull"),
        (ses_bounce("Transient", "General", status="5.1.1"), "soft", "5.1.1", "undefined"),
        (ses_bounce("Undetermined", "Undetermined", status="5.0.0"), "soft", "5.0.0", "undefined"),
        (ses_bounce("", "", status="5.1.1"), "soft", "5.1.1", "undefined"),
    ],
)
def test_bounces_of_ses(bounce: Any, kind: str, status: str, reason: str) -> None:
    [report] = of_ses(bounce)
    assert report == Report(MAIL, ANN, kind, status, reason)  # type: ignore[arg-type]
    assert reason in REASONS


def test_complaints_of_ses_and_what_is_none() -> None:
    assert of_ses(ses_complaint()) == [Report(MAIL, ANN, "complaint")]
    published = ses_complaint()
    published["eventType"] = published.pop("notificationType")
    assert of_ses(published) == [Report(MAIL, ANN, "complaint")]
    assert of_ses(ses_complaint(complaintFeedbackType="not-spam")) == []
    assert of_ses({"notificationType": "Delivery", "mail": ses_mail()}) == []
    assert of_ses({"notificationType": "AmazonSnsSubscriptionSucceeded"}) == []
    assert ses.reports_in("Successfully validated SNS topic", SECRETS) == []


def test_the_mail_is_known_by_return_path_header_or_message_id() -> None:
    path = ReturnPaths("bounces.sender.example", SECRETS[1:]).address("d1")
    assert of_ses({**ses_complaint(), "mail": ses_mail(source=path, headers=[])})[0].mail == MAIL
    assert of_ses({**ses_complaint(), "mail": ses_mail(source="")})[0].mail == MAIL
    only = ses_mail(headers=None)
    assert of_ses({**ses_complaint(), "mail": only})[0].mail == MAIL
    nothing = {"source": "b-forged@bounces.sender.example", "headers": [], "commonHeaders": {}}
    assert of_ses({**ses_complaint(), "mail": ses_mail(**nothing)})[0].mail is None
    assert mail_named(SECRETS, message_id=" <d1@sender.example> ") == MAIL
    assert mail_named(SECRETS, message_id="<d1@sender.example> and <d2@x.example>") is None


@pytest.mark.parametrize(
    ("event", "kind", "status", "reason"),
    [
        (sendgrid_event("bounce", type="bounce", status="5.1.1"), "hard", "5.1.1", "userunknown"),
        (
            sendgrid_event("bounce", type="bounce", reason="550 5.1.1 The email account <x@y.z>"),
            "hard",
            "5.1.1",
            "userunknown",
        ),
        (sendgrid_event("bounce", type="blocked", status="5.1.1"), "soft", "5.1.1", "blocked"),
        (sendgrid_event("bounce", type="bounce", status="5.7.1"), "soft", "5.7.1", "rejected"),
        (
            sendgrid_event("bounce", type="bounce", bounce_classification="Reputation"),
            "soft",
            "",
            "badreputation",
        ),
        (
            sendgrid_event("bounce", type="bounce", bounce_classification="Invalid Address"),
            "hard",
            "",
            "userunknown",
        ),
        (sendgrid_event("dropped", reason="Bounced Address"), "hard", "", "suppressed"),
        (sendgrid_event("dropped", reason="Spam Reporting Address"), "complaint", "", ""),
        (sendgrid_event("dropped", reason="Unsubscribed Address"), "unsubscribe", "", ""),
        (sendgrid_event("spamreport"), "complaint", "", ""),
        (sendgrid_event("group_unsubscribe"), "unsubscribe", "", ""),
    ],
)
def test_events_of_sendgrid(event: Any, kind: str, status: str, reason: str) -> None:
    [report] = of_sendgrid(event)
    assert report == Report(MAIL, ANN, kind, status, reason)  # type: ignore[arg-type]
    assert not reason or reason in REASONS


@pytest.mark.parametrize(
    "event",
    [
        sendgrid_event("delivered"),
        sendgrid_event("deferred"),
        sendgrid_event("open"),
        sendgrid_event("dropped", reason="Invalid SMTPAPI header"),
        {},
        {"event": 5},
        "bounce",
        None,
    ],
)
def test_what_says_nothing_of_an_address_is_left(event: Any) -> None:
    assert of_sendgrid(event) == []


def test_a_custom_argument_may_name_the_decision() -> None:
    told = {"smtp-id": "<made-up-by@sendgrid>", "nextbest_decision": "d1"}
    assert of_sendgrid(sendgrid_event("spamreport", **told))[0].mail == MAIL


@given(JSON, st.binary(max_size=100))
def test_whatever_is_signed_is_read_in_order(told: Any, body: bytes) -> None:
    for report in of_ses(told) + of_sendgrid(told):
        assert report.mail is None or len(report.mail) == 32
    ses.reports_in(body.decode("latin-1"), SECRETS)
    with suppress(ForgedReportError):
        sendgrid.reports_in(body, SECRETS)


def test_what_is_nested_beyond_measure_is_malformed() -> None:
    deep = "[" * 100_000
    assert ses.reports_in(f'{{"mail":{deep}', SECRETS) == []
    with pytest.raises(ForgedReportError, match="malformed"):
        sendgrid.reports_in(deep.encode(), SECRETS)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("550 5.1.1 no such user", "5.1.1"),
        ("smtp; 550-5.7.26 unauthenticated", "5.7.26"),
        ("from 15.1.1.2 at 5.1.1.9", ""),
        ("1.2.3", ""),
        ("", ""),
    ],
)
def test_statuses_are_found_and_addresses_of_hosts_are_none(text: str, status: str) -> None:
    assert status_in(text) == status
