"""Bounces and complaints by LMTP and SMTP, on real Kafka and Redis."""

import re
import smtplib
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from senders.links.sent import Sent, encode, sent_key
from senders.links.tokens import Links, Unsubscribe
from senders.links.verp import ReturnPaths, mail_id
from senders.recipients.suppression import digest_of
from tests.pipeline import Role, wait_until
from tests.sending import LINK_SECRET, Sending

pytestmark = pytest.mark.integration

DOMAIN = "bounce.sender.example"
COMPLAINTS = f"complaints@{DOMAIN}"
PATHS = ReturnPaths(DOMAIN, [LINK_SECRET])
LINKS = Links("https://mail.sender.example", [LINK_SECRET])
MAILS = Path(__file__).parents[1] / "senders" / "inbound" / "mails"
ANN = "ann@inbox.example"


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
    house.overrides = settings()
    yield house
    house.stop()


def settings(**inbound: Any) -> dict[str, Any]:
    return {"sender": {"return_path_domain": DOMAIN}, "inbound": {"port": 0, **inbound}}


@contextmanager
def inbound(sending: Sending) -> Iterator[tuple[Role, int]]:
    """The role and its port; ends it as an operator would."""
    role = sending.start_command([str(Path(sys.executable).parent / "nextbest"), "inbound"])
    wait_until(lambda: '"taking_mail"' in role.output(), "inbound takes mail")
    found = re.search(r'"port": (\d+), "protocol"', role.output())
    assert found is not None, role.output()
    yield role, int(found[1])
    if role.alive:
        assert role.stop() == 0


@contextmanager
def lmtp(port: int) -> Iterator[smtplib.LMTP]:
    """A client that has greeted."""
    with smtplib.LMTP("127.0.0.1", port) as client:
        assert client.ehlo("mta.sender.example")[0] == 250
        yield client


def remember(sending: Sending, decision_id: str, subscriber: str, address: str) -> None:
    """What the sender leaves of a mail."""
    sent = Sent(decision_id, subscriber, digest_of(address), "cart_reminder", provider="gmail")
    sending.ledger.set(sent_key(sending.namespace, mail_id(decision_id)), encode(sent))


def suppressed(sending: Sending) -> dict[str, set[str]]:
    """Reasons by key, without the namespace."""
    prefix = f"{sending.namespace}suppressed:"
    keys: Any = sending.ledger.keys(f"{prefix}*")
    found: dict[str, set[str]] = {}
    for key in keys:
        reasons: Any = sending.ledger.hkeys(key)
        found[key.decode().removeprefix(prefix)] = {reason.decode() for reason in reasons}
    return found


def counted(sending: Sending) -> dict[str, int]:
    """What guardrails go by, without the time of day."""
    keys: Any = sending.ledger.keys(f"{sending.namespace}counts:marketing:*")
    found: dict[str, int] = {}
    for key in keys:
        fields: Any = sending.ledger.hgetall(key)
        found |= {name.decode(): int(count) for name, count in fields.items()}
    return found


def mail(name: str, *changes: tuple[str, str]) -> bytes:
    data = (MAILS / f"{name}.eml").read_bytes().replace(b"\r\n", b"\n")
    for old, new in changes:
        assert old.encode() in data
        data = data.replace(old.encode(), new.encode())
    return data.replace(b"\n", b"\r\n")


def send(client: smtplib.SMTP, recipient: str, data: bytes) -> int:
    """Hand a mail over as an MTA returns one, and give the reply code to it."""
    client.rset()
    assert client.mail("<>")[0] == 250
    assert client.rcpt(recipient)[0] == 250
    return client.data(data)[0]


def test_what_comes_back_is_applied_counted_and_told_once(sending: Sending) -> None:
    for number, (who, address) in enumerate(
        [("ann", ANN), ("bob", "bob@inbox.example"), ("cem", "cem@inbox.example")]
    ):
        remember(sending, f"d{number}", who, address)
    link = LINKS.unsubscribe(Unsubscribe("bob", "d1", digest_of("bob@inbox.example")))
    complaint = mail("arf-redacted", ("https://mail.shop.example/u/token.mac", link))
    bounce = mail("postfix-unknown")
    with inbound(sending) as (role, port), lmtp(port) as client:
        for _replay in range(2):
            assert send(client, PATHS.address("d0"), bounce) == 250
            assert send(client, COMPLAINTS, complaint) == 250
        # Dead is whom it was forwarded to, not whom we wrote to.
        assert send(client, PATHS.address("d2"), bounce) == 250
        assert suppressed(sending) == {
            digest_of(ANN): {"permanent_failure"},
            digest_of("bob@inbox.example"): {"complaint"},
            "person:bob": {"complaint"},
        }
        assert counted(sending) == {
            "cart_reminder|gmail|hard_bounce": 1,
            "cart_reminder|gmail|complaint": 1,
            "cart_reminder|gmail|soft_bounce": 1,
        }
        told = {event["decision_id"]: event for event in sending.records("delivery", 3)}
        assert told["d0"]["event_id"] == "d0:bounced"
        assert (told["d0"]["bounce"], told["d0"]["enhanced"]) == ("hard", "5.1.1")
        assert (told["d0"]["source"], told["d0"]["subscriber_id"]) == ("dsn", "ann")
        assert (told["d1"]["status"], told["d1"]["source"]) == ("complained", "arf")
        assert (told["d2"]["status"], told["d2"]["bounce"]) == ("bounced", "soft")
        pending = f"{sending.namespace}pending"
        wait_until(lambda: not sending.ledger.exists(pending), "nothing is left to emit")
        assert "inbox.example" not in role.output()
    assert len(sending.deliveries("d0")) == 1


def test_a_forgery_suppresses_nobody(sending: Sending) -> None:
    remember(sending, "d0", "ann", ANN)
    remember(sending, "d1", "eve", "eve@inbox.example")
    other = ReturnPaths(DOMAIN, ["not-the-shop's-secret"]).address("d0")
    with inbound(sending) as (role, port), lmtp(port) as client:
        client.mail("<>")
        assert client.rcpt(other)[0] == 550
        assert client.rcpt(f"ann@{DOMAIN}")[0] == 550
        assert client.rcpt("ann@inbox.example")[0] == 550
        assert client.rcpt(COMPLAINTS)[0] == 250
        assert client.rcpt(PATHS.address("d0"))[0] == 452
        # Taken and put aside: no signature of ours is in them.
        for name in ("arf-abuse", "jmrp", "postfix-unknown", "arf-malformed", "reply"):
            assert send(client, COMPLAINTS, mail(name)) == 250
        assert send(client, COMPLAINTS, b"\0\xff: no mail\r\n") == 250
        # Eve has a mail of her own, and writes that Ann's address is dead.
        assert send(client, PATHS.address("d1"), mail("postfix-unknown")) == 250
        assert send(client, PATHS.address("d1"), mail("postfix-delayed")) == 250
        assert suppressed(sending) == {}
        assert counted(sending) == {"cart_reminder|gmail|soft_bounce": 1}
        wait_until(lambda: role.output().count('"fate": "unproven"') == 3, "three unproven")


def test_without_the_ledger_the_other_side_keeps_the_mail(sending: Sending, tmp_path: Path) -> None:
    with RedisServer(tmp_path / "own-ledger", "ledger") as own:
        sending.overrides = {**settings(), "redis": {"ledger_url": own.url}}
        with inbound(sending) as (role, port), lmtp(port) as client:
            own.stop()
            assert send(client, PATHS.address("d0"), mail("postfix-unknown")) == 451
            assert send(client, PATHS.address("d0"), mail("reply")) == 250
            assert role.alive


def test_nobody_holds_it_up(sending: Sending) -> None:
    sending.overrides = settings(
        protocol="smtp", connections=2, timeout_seconds=1, max_bytes=100_000
    )
    with inbound(sending) as (_role, port):
        silent = socket.create_connection(("127.0.0.1", port))
        with silent, smtplib.SMTP("127.0.0.1", port) as client:
            assert silent.recv(1_000).startswith(b"220")
            with socket.create_connection(("127.0.0.1", port)) as third:
                assert third.recv(1_000).startswith(b"421")
                assert third.recv(1_000) == b""
            client.ehlo()
            client.mail("<>")
            client.rcpt(COMPLAINTS)
            assert client.data(b"Subject: x\r\n\r\n" + b"x\r\n" * 50_000)[0] == 552
            # Who says nothing is let go.
            assert silent.recv(1_000) == b""
        with smtplib.SMTP("127.0.0.1", port) as client:
            assert client.docmd("HELO", "x")[0] == 250
            client.putcmd("MAIL FROM:<>")
            client.getreply()
            client.putcmd(f"RCPT TO:<{COMPLAINTS}>")
            client.getreply()
            client.putcmd("DATA")
            client.getreply()
            assert client.sock is not None
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                endless_line(client.sock)


def endless_line(client: socket.socket) -> None:
    """As many bytes as anybody takes."""
    while True:
        client.sendall(b"x" * 100_000)
