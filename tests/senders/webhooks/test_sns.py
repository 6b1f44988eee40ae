"""Whether a message is SNS', and what may be fetched for it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.errors import ForgedReportError
from senders.webhooks.sns import (
    certificate_url,
    read,
    read_certificate,
    signed_text,
    subscribe_url,
    verify,
)
from tests.senders.webhooks.senders_of_reports import (
    CERT_URL,
    NOW,
    SUBSCRIBE,
    TOPIC,
    certificate,
    confirmation,
    sns_body,
)

CERTIFICATE = read_certificate(certificate())


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [None, "Amazon SES Email Event Notification"])
def test_what_sns_signed_is_believed(version: str, subject: str | None) -> None:
    message = read(sns_body({"a": "ü"}, version, **({"Subject": subject} if subject else {})))
    verify(message, CERTIFICATE, NOW)
    verify(read(confirmation(version=version)), CERTIFICATE, NOW)


def test_the_signed_text_is_as_documented() -> None:
    assert signed_text(read(sns_body("hello", Subject="hi"))) == (
        b"Message\nhello\nMessageId\nm-1\nSubject\nhi\nTimestamp\n2026-09-21T12:00:00.000Z\n"
        b"TopicArn\n" + TOPIC.encode() + b"\nType\nNotification\n"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"Message": "{}"},
        {"MessageId": "m-2"},
        {"Subject": "more"},
        {"Timestamp": "2026-09-22T12:00:00.000Z"},
        {"TopicArn": TOPIC + "x"},
        {"SignatureVersion": "1"},
        {"SignatureVersion": "3"},
        {"Signature": ""},
        {"Signature": "AAAA"},
        {"Signature": "ü"},
    ],
)
def test_what_was_changed_since_is_not(changed: dict[str, str]) -> None:
    with pytest.raises(ForgedReportError, match="signature"):
        verify(read(sns_body("hello", unsigned=changed)), CERTIFICATE, NOW)


@pytest.mark.parametrize("days", [-40, 400])
def test_a_certificate_out_of_its_time_is_none(days: int) -> None:
    with pytest.raises(ForgedReportError, match="certificate"):
        verify(read(sns_body("hello")), CERTIFICATE, NOW + timedelta(days=days))


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-0a1b.pem",
        "https://evil.example/SimpleNotificationService-0a1b.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
        "https://user@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0a1b.pem",
        "https://sns.eu-west-1.amazonaws.com/../x/SimpleNotificationService-0a1b.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem?x=1",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem#x",
        "https://sns.eu-west-1.amazonaws.com/mine.pem",
        "https://sns.eu-west-1.amazonaws.com\\@evil.example/SimpleNotificationService-0a.pem",
        "https://sns.eu-west-1.amazonaws.com/Simple\nNotificationService-0a1b.pem",
        "https://[::1/x.pem",
        "file:///etc/passwd",
        "",
    ],
)
def test_certificates_come_from_sns_alone(url: str) -> None:
    with pytest.raises(ForgedReportError):
        certificate_url(read(sns_body("hello", unsigned={"SigningCertURL": url})))
    assert certificate_url(read(sns_body("hello"))) == CERT_URL


@pytest.mark.parametrize(
    "url",
    [
        SUBSCRIBE.replace("sns.eu-west-1.amazonaws.com", "evil.example"),
        SUBSCRIBE.replace(TOPIC, TOPIC + "2"),
        SUBSCRIBE.replace("ConfirmSubscription", "DeleteTopic"),
        SUBSCRIBE + "&Action=DeleteTopic",
        SUBSCRIBE.replace("/?", "/x?"),
        SUBSCRIBE.replace("https", "http"),
        "",
    ],
)
def test_only_the_topics_own_subscription_is_confirmed(url: str) -> None:
    with pytest.raises(ForgedReportError):
        subscribe_url(read(confirmation(SubscribeURL=url)))
    assert subscribe_url(read(confirmation())) == SUBSCRIBE


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["Type", "Message"]), inner),
).map(lambda found: json.dumps(found).encode()))  # fmt: skip
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(ForgedReportError, match="malformed"):
        read(body)


@pytest.mark.parametrize(
    "changes", [{"Type": "Other"}, {"Type": ""}, {"Type": "SubscriptionConfirmation"}]
)
def test_what_is_of_no_known_type_is_not_signed(changes: dict[str, Any]) -> None:
    message = read(sns_body("hello", unsigned=changes))
    with pytest.raises(ForgedReportError, match="malformed"):
        signed_text(message)


def test_what_is_no_certificate_is_refused() -> None:
    for pem in (b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(ForgedReportError, match="certificate"):
            read_certificate(pem)
