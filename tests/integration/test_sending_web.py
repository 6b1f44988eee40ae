"""The links in mails, over HTTP, on real Kafka and Redis."""

import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from nextbest.cli import EXIT_TRY_AGAIN
from schemas.keys import paused_key
from senders.links.tokens import Click, Links, Unsubscribe
from senders.recipients.suppression import digest_of
from tests.pipeline import Role, wait_until
from tests.sending import LINK_SECRET, Sending, contact, decision

pytestmark = pytest.mark.integration

LINKS = Links("", [LINK_SECRET])
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ADDRESS = "ann@inbox.example"


@pytest.fixture
def sending(
    kafka: KafkaServer,
    redis_state: RedisServer,
    redis_ledger: RedisServer,
    smtp_server: SmtpInbox,
    namespace: str,
    tmp_path: Path,
) -> Iterator[Sending]:
    house = Sending(kafka, redis_state, redis_ledger, smtp_server, namespace, tmp_path)
    yield house
    house.stop()


@contextmanager
def web(sending: Sending) -> Iterator[tuple[Role, httpx.Client]]:
    """The web role and a client that follows no redirect; ends the role as an operator would."""
    role = sending.start_command([str(Path(sys.executable).parent / "nextbest"), "web"])
    wait_until(lambda: '"serving"' in role.output(), "web serves")
    found = re.search(r'"port": (\d+)', role.output())
    assert found is not None
    with httpx.Client(base_url=f"http://127.0.0.1:{found[1]}", timeout=10) as client:
        yield role, client
    if role.alive:
        assert role.stop() == 0


def unsubscribe_path(decision_id: str = "d1") -> str:
    return LINKS.unsubscribe(Unsubscribe("ann", decision_id, digest_of(ADDRESS)))


def test_a_taken_port_stops_it_in_words(sending: Sending) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sending.overrides = {"web": {"port": port}}
        role = sending.start_command([str(Path(sys.executable).parent / "nextbest"), "web"])
        wait_until(lambda: not role.alive, "web has ended")
    assert role.process.returncode == 2
    assert f"nextbest: NEXTBEST_WEB__PORT = {port} can't be listened on" in role.output()
    assert "Traceback" not in role.output()


def test_a_click_leads_on_and_becomes_an_event(sending: Sending) -> None:
    with web(sending) as (_role, client):
        url = "https://shop.example.com/p/lamp?a=1&b=ü"
        path = LINKS.click(Click("ann", "d1", url, "lamp"))
        for ask in (client.get, client.head):
            answer = ask(path, headers={"User-Agent": "Reader/1"})
            assert answer.status_code == 302
            assert httpx.URL(answer.headers["Location"]) == httpx.URL(url)
        by_machine = {event["machine"]: event for event in sending.records("click", 2)}
        assert set(by_machine) == {None, "head"}
        event = by_machine[None]
        assert event["subscriber_id"] == "ann"
        assert event["decision_id"] == "d1"
        assert event["product_id"] == "lamp"
        assert event["url"] == url
        assert event["user_agent"] == "Reader/1"


def test_forged_links_lead_nowhere(sending: Sending) -> None:
    with web(sending) as (_role, client):
        token = LINKS.sign(Click("ann", "d1", "https://shop.example.com/"))
        payload, _, mac = token.partition(".")
        other = Links("", ["another-secret-of-someone"]).sign(
            Click("ann", "d1", "https://evil.example/")
        )
        for forged in (
            "nonsense",
            "a.b",
            f"{payload}.",
            f".{mac}",
            f"{payload}.{mac[:-1]}{'Q' if mac[-1] == 'A' else 'A'}",
            f"A{payload}.{mac}",
            other,
            "%C3%BC.%C3%BC",
        ):
            for kind in "cu":
                answer = client.get(f"/{kind}/{forged}")
                assert answer.status_code == 400, forged
                assert "Location" not in answer.headers
            assert client.post(f"/u/{forged}", data=ONE_CLICK).status_code == 400
        assert client.get(f"/u/{token}").status_code == 400
        assert client.post(f"/c/{token}").status_code == 405
        assert sending.ledger.keys(f"{sending.namespace}suppressed:*") == []


def test_one_click_is_in_force_when_answered_and_becomes_an_event(sending: Sending) -> None:
    sending.contact(contact("ann", ADDRESS))
    sending.start()
    with web(sending) as (role, client):
        path = unsubscribe_path()
        assert client.head(path).status_code == 200
        page = client.get(path)
        assert page.status_code == 200
        assert '<form method="post">' in page.text
        assert sending.ledger.keys(f"{sending.namespace}suppressed:*") == []
        answer = client.post(path, data=ONE_CLICK)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        # At once, though no event has reached the contact record.
        made = sending.decide(decision("ann"))
        assert sending.wait_for(made["decision_id"], "suppressed")["detail"] == "unsubscribed"
        [event] = sending.records("consent", 1)
        assert (event["action"], event["purpose"]) == ("opt_out", "marketing")
        assert (event["subscriber_id"], event["decision_id"]) == ("ann", "d1")
        assert sending.smtp.mailbox.all() == []
        pending = f"{sending.namespace}pending"
        wait_until(lambda: not sending.ledger.exists(pending), "nothing is left to emit")
        assert "inbox.example" not in role.output()


def test_what_is_queued_is_not_sent_once_the_withdrawal_is_answered(sending: Sending) -> None:
    """Parked, paced and not yet read alike: each ends as suppressed, and only the others leave."""
    people = [f"p{number}" for number in range(12)]
    for person in (*people, "eve"):
        sending.contact(contact(person, f"{person}@inbox.example"))
    paused = paused_key(sending.namespace)
    sending.ledger.sadd(paused, "flow:cart_abandonment")
    sending.overrides = {"sender": {"max_in_flight": 4, "rate_per_second": 200, "burst": 1}}
    decisions = {person: sending.decide(decision(person))["decision_id"] for person in people}
    with web(sending) as (_role, client):
        sending.start()
        sending.wait_for(sending.decide(decision("eve", flow="other"))["decision_id"], "accepted")
        for person in people[::2]:
            digest = digest_of(f"{person}@inbox.example")
            path = LINKS.unsubscribe(Unsubscribe(person, decisions[person], digest))
            assert client.post(path, data=ONE_CLICK).status_code == 200
        sending.ledger.srem(paused, "flow:cart_abandonment")
        for number, person in enumerate(people):
            sending.wait_for(decisions[person], "accepted" if number % 2 else "suppressed")
    mailed = {mail.recipients[0] for mail in sending.smtp.mailbox.all()}
    assert mailed == {f"{person}@inbox.example" for person in (*people[1::2], "eve")}


def test_without_the_ledger_nothing_is_promised(sending: Sending, tmp_path: Path) -> None:
    with RedisServer(tmp_path / "own-ledger", "ledger") as own:
        sending.overrides = {"redis": {"ledger_url": own.url}}
        with web(sending) as (role, client):
            own.stop()
            assert client.post(unsubscribe_path(), data=ONE_CLICK).status_code == 503
            assert client.get(unsubscribe_path()).status_code == 200
            assert role.alive


def test_without_kafka_a_withdrawal_is_in_force_and_its_event_follows(
    sending: Sending, tmp_path: Path
) -> None:
    sending.overrides = {
        "kafka": {"bootstrap_servers": "127.0.0.1:1", "request_timeout_seconds": 1}
    }
    with web(sending) as (role, client):
        assert client.post(unsubscribe_path(), data=ONE_CLICK).status_code == 200
        key = f"{sending.namespace}suppressed:person:ann"
        assert sending.ledger.hexists(key, "unsubscribed")
        role.kill()
        sending.overrides = {}
    with web(sending) as (_successor, _client):
        [event] = sending.records("consent", 1)
        assert (event["action"], event["subscriber_id"]) == ("opt_out", "ann")


def test_clicks_that_kafka_never_took_show_in_the_exit_status(sending: Sending) -> None:
    sending.overrides = {
        "kafka": {"bootstrap_servers": "127.0.0.1:1", "request_timeout_seconds": 1}
    }
    with web(sending) as (role, client):
        click = LINKS.click(Click("ann", "d1", "https://shop.example.com/"))
        assert client.get(click).status_code == 302
        assert role.stop() == EXIT_TRY_AGAIN
        assert '"clicks_lost"' in role.output()


def test_links_signed_with_a_former_key_still_open(sending: Sending) -> None:
    old = LINKS.click(Click("ann", "d1", "https://shop.example.com/"))
    sending.overrides = {
        "sender": {"link_secret": "the-new-secret-of-ours", "link_secrets_old": [LINK_SECRET]}
    }
    with web(sending) as (_role, client):
        assert client.get(old).status_code == 302
        assert client.post(unsubscribe_path(), data=ONE_CLICK).status_code == 200
        assert sending.ledger.exists(f"{sending.namespace}suppressed:person:ann")
        new = Links("", ["the-new-secret-of-ours"]).click(
            Click("ann", "d1", "https://shop.example.com/")
        )
        assert client.get(new).status_code == 302
