"""Whether a request is SendGrid's."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.errors import ForgedReportError
from senders.webhooks.sendgrid import SIGNATURE, TIMESTAMP, read_key, verify
from tests.senders.webhooks.senders_of_reports import NOW, SENDGRID_KEY, sendgrid_headers

KEY = read_key(SENDGRID_KEY)
BODY = b'[{"event":"bounce"}]'


def refusal(body: bytes, headers: dict[str, str]) -> str:
    with pytest.raises(ForgedReportError) as caught:
        verify(body, headers, KEY, NOW.timestamp(), 600)
    return caught.value.reason


def test_what_sendgrid_signed_a_moment_ago_is_believed() -> None:
    verify(BODY, sendgrid_headers(BODY), KEY, NOW.timestamp(), 600)
    verify(BODY, sendgrid_headers(BODY), KEY, NOW.timestamp() + 600, 600)


def test_what_was_changed_or_kept_since_is_not() -> None:
    headers = sendgrid_headers(BODY)
    assert refusal(BODY + b" ", headers) == "signature"
    later = str(int(NOW.timestamp()) + 1)
    assert refusal(BODY, {**headers, TIMESTAMP: later}) == "signature"
    for minutes in (-11, 11):
        assert refusal(BODY, sendgrid_headers(BODY, NOW + timedelta(minutes=minutes))) == "replay"
    assert refusal(BODY, {}) == "timestamp"
    assert refusal(BODY, {TIMESTAMP: headers[TIMESTAMP]}) == "signature"


@given(st.text(max_size=30), st.text(max_size=120))
def test_whatever_stands_in_the_headers_is_refused_in_order(stamp: str, signature: str) -> None:
    assert refusal(BODY, {TIMESTAMP: stamp, SIGNATURE: signature}) in ("timestamp", "signature")
