"""SES and SendGrid tell of bounces and complaints; those who only say they are them are refused."""

import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from runtime.webhook_settings import WebhookSettings
from senders.errors import UnreachableError
from senders.guardrails.counts import counts_key, day_of
from tests.senders.webhooks.senders_of_reports import (
    CERT_URL,
    NOW,
    SENDGRID_KEY,
    SUBSCRIBE,
    TOPIC,
    certificate,
    confirmation,
    sendgrid_event,
    sendgrid_headers,
    ses_bounce,
    ses_complaint,
    sns_body,
)
from tests.web_house import DIGEST, DialledClock, WebHouse

pytestmark = pytest.mark.integration
NOW_MS = int(NOW.timestamp() * 1000)


class Amazon:
    """What stands at SNS' URLs, and who asked for it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        if self.away:
            raise UnreachableError("gone")
        return certificate() if url == CERT_URL else b"<ConfirmSubscriptionResponse/>"


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
async def house(
    redis_state: RedisServer, redis_ledger: RedisServer, namespace: str, amazon: Amazon
) -> AsyncIterator[WebHouse]:
    state, ledger = Redis.from_url(redis_state.url), Redis.from_url(redis_ledger.url)
    webhook = WebhookSettings(ses_topics=(TOPIC,), sendgrid_public_key=SENDGRID_KEY)
    clock = DialledClock(NOW_MS)
    async with WebHouse(state, ledger, namespace, webhook, amazon.fetch, clock) as made:
        yield made
    await state.aclose()
    await ledger.aclose()


async def ses(house: WebHouse, body: bytes) -> int:
    headers = {"Content-Type": "text/plain; charset=UTF-8"}
    return (await house.ask("POST", "/hooks/ses", data=body, headers=headers))[0]


async def sendgrid(house: WebHouse, *events: Any, **headers: str) -> int:
    body = json.dumps(events).encode()
    told = {**sendgrid_headers(body), **headers}
    return (await house.ask("POST", "/hooks/sendgrid", data=body, headers=told))[0]


async def count(house: WebHouse, what: str) -> int:
    call: Any = house.ledger.hgetall(counts_key(house.namespace, "marketing", day_of(NOW_MS)))
    return int((await call).get(f"cart_reminder|default|{what}".encode(), 0))


async def test_a_hard_bounce_suppresses_the_address_and_becomes_an_event(
    house: WebHouse, amazon: Amazon
) -> None:
    await house.sent()
    for _repeat in range(2):
        assert await ses(house, sns_body(ses_bounce())) == 200
    assert await house.suppressed(DIGEST) == {"permanent_failure": str(NOW_MS)}
    assert await count(house, "hard_bounce") == 1
    events = {event["event_id"]: event for event in await house.followed("delivery")}
    [event] = events.values()
    assert (event["status"], event["bounce"], event["source"]) == ("bounced", "hard", "ses")
    assert event["enhanced"] == "5.1.1"
    assert amazon.asked == [CERT_URL], "fetched once"


async def test_complaints_suppress_the_person(house: WebHouse) -> None:
    await house.sent()
    await house.sent("d2", subscriber="bob")
    assert await ses(house, sns_body(ses_complaint(), "1")) == 200
    told = {"smtp-id": "<d2@sender.example>"}
    assert await sendgrid(house, sendgrid_event("spamreport", **told)) == 200
    assert "complaint" in await house.suppressed("person:ann")
    assert "complaint" in await house.suppressed("person:bob")
    statuses = {event["source"]: event["status"] for event in await house.followed("delivery")}
    assert statuses == {"ses": "complained", "sendgrid": "complained"}


async def test_a_batch_of_sendgrid_is_taken_each_for_itself(house: WebHouse) -> None:
    for number in range(4):
        await house.sent(f"d{number}", subscriber=f"s{number}")
    events = [
        sendgrid_event("bounce", type="blocked", status="4.7.1", **_of(0)),
        sendgrid_event("bounce", type="bounce", status="5.1.1", email="Other@x.example", **_of(1)),
        sendgrid_event("unsubscribe", **_of(2)),
        sendgrid_event("spamreport", **_of(9)),
        sendgrid_event("delivered", **_of(3)),
        {"event": None},
    ]
    for _repeat in range(2):
        assert await sendgrid(house, *events) == 200
    assert await house.suppressed(DIGEST) == {"unsubscribed": str(NOW_MS)}
    assert await house.suppressed("person:s2") == {"unsubscribed": str(NOW_MS)}
    assert [await count(house, what) for what in ("soft_bounce", "hard_bounce", "unsubscribe")] == [
        1,
        0,
        1,
    ]
    text = house.metrics.webhook_reports_total
    for kind, fate in (("hard", "other_address"), ("complaint", "unknown"), ("soft", "repeated")):
        assert text.labels("sendgrid", kind, fate)._value.get() >= 1


def _of(number: int) -> dict[str, str]:
    return {"smtp-id": f"<d{number}@sender.example>"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (sns_body(ses_bounce(), unsigned={"MessageId": "m-2"}), 403),
        (sns_body(ses_bounce(), unsigned={"Signature": "AAAA"}), 403),
        (sns_body(ses_bounce(), TopicArn=TOPIC + "x"), 403),
        (sns_body(ses_bounce(), unsigned={"SigningCertURL": "https://evil.example/a.pem"}), 403),
        (json.dumps(ses_bounce()).encode(), 400),
        (b"", 400),
        (b"[" * 100_000, 400),
        (b"x" * 400_000, 413),
    ],
)
async def test_a_forged_report_of_ses_suppresses_nobody(
    house: WebHouse, body: bytes, status: int
) -> None:
    await house.sent()
    assert await ses(house, body) == status
    assert await house.suppressed(DIGEST) == {}
    assert await house.followed("delivery") == []


async def test_a_forged_report_of_sendgrid_suppresses_nobody(house: WebHouse) -> None:
    await house.sent()
    event = sendgrid_event("spamreport")
    other = sendgrid_headers(b"[]")
    assert await sendgrid(house, event, **other) == 403
    old = sendgrid_headers(json.dumps([event]).encode(), NOW.replace(day=20))
    assert await sendgrid(house, event, **old) == 403
    assert (await house.ask("POST", "/hooks/sendgrid", json=[event]))[0] == 403
    long = BytesIO(b" " * 1_100_000)
    assert (await house.ask("POST", "/hooks/sendgrid", data=long))[0] == 413
    assert (await house.ask("GET", "/hooks/sendgrid"))[0] == 405
    assert await house.suppressed("person:ann") == {}


async def test_subscriptions_are_confirmed_of_our_topics_alone(
    house: WebHouse, amazon: Amazon
) -> None:
    assert await ses(house, confirmation()) == 200
    assert amazon.asked == [CERT_URL, SUBSCRIBE]
    evil = SUBSCRIBE.replace("sns.eu-west-1.amazonaws.com", "169.254.169.254")
    assert await ses(house, confirmation(SubscribeURL=evil)) == 403
    assert await ses(house, confirmation(TopicArn=TOPIC + "x")) == 403
    assert amazon.asked == [CERT_URL, SUBSCRIBE]


async def test_while_the_certificate_or_the_ledger_is_away_they_shall_come_again(
    house: WebHouse, amazon: Amazon
) -> None:
    amazon.away = True
    for _again in range(3):
        assert await ses(house, sns_body(ses_bounce())) == 503
    assert amazon.asked == [CERT_URL], "not asked again at once"
    house.ledger.connection_pool.connection_kwargs["port"] = 1
    assert await sendgrid(house, sendgrid_event("spamreport")) == 503
