"""Whom webhooks believe, as the settings say it."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from runtime.setting_errors import BadSettingsError
from runtime.settings import load_settings
from runtime.webhook_settings import WebhookSettings

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"


def public(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(der).decode()


def test_nothing_is_believed_that_was_not_set_up() -> None:
    webhook = load_settings().webhook
    assert (webhook.ses_topics, webhook.sendgrid_public_key) == ((), "")


def test_topics_and_key_are_taken_as_their_owners_show_them() -> None:
    key = public(ec.generate_private_key(ec.SECP256R1()))
    topics = f"{TOPIC}, arn:aws-cn:sns:cn-north-1:123456789012:b"
    webhook = WebhookSettings.model_validate({"ses_topics": topics, "sendgrid_public_key": key})
    assert webhook.ses_topics[0] == TOPIC
    assert len(webhook.ses_topics) == 2
    assert webhook.sendgrid_public_key == key


def test_everything_wrong_is_told_at_once() -> None:
    wrong = {
        "ses_topics": "arn:aws:sqs:eu-west-1:123456789012:queue",
        "sendgrid_public_key": public(rsa.generate_private_key(65_537, 2_048)),
        "sendgrid_window_seconds": 1,
    }
    with pytest.raises(BadSettingsError) as caught:
        load_settings(webhook=wrong)
    told = str(caught.value)
    for name, words in (
        ("SES_TOPICS", "no ARN of an SNS topic"),
        ("SENDGRID_PUBLIC_KEY", "P-256"),
        ("SENDGRID_WINDOW_SECONDS", "60"),
    ):
        assert f"NEXTBEST_WEBHOOK__{name}" in told
        assert words in told


@pytest.mark.parametrize(
    "key",
    ["not base64!", b64encode(b"no key").decode(), public(ec.generate_private_key(ec.SECP384R1()))],
)
def test_what_is_no_key_of_sendgrids_is_refused(key: str) -> None:
    with pytest.raises(BadSettingsError, match="SENDGRID_PUBLIC_KEY"):
        load_settings(webhook={"sendgrid_public_key": key})
