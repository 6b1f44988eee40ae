"""Each server proves itself by a round trip of its own protocol, and by what survives a SIGKILL."""

import os
import select
import smtplib
import subprocess
import sys
import threading
import uuid
from email.message import EmailMessage
from pathlib import Path

import pytest
import redis
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from deploy.servers.embedded import EmbeddedBroker, EmbeddedRedis
from deploy.servers.errors import ServerStartError
from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from deploy.servers.smtp_process import SmtpInboxProcess

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]


def make_topic(address: str, partitions: int = 3) -> str:
    """Create a topic and return its name."""
    name = f"t{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result(20)
    return name


def produce(address: str, topic: str, values: list[bytes]) -> None:
    """Produce idempotently, with a header, spread over the topic's partitions."""
    producer = Producer({"bootstrap.servers": address, "enable.idempotence": True})
    for number, value in enumerate(values):
        producer.produce(topic, value, key=str(number), headers=[("source", value)])
    assert producer.flush(20) == 0


def consume(address: str, topic: str, count: int) -> list[tuple[bytes, bytes]]:
    """Return (value, header) of `count` records, read as a group of one."""
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": f"g{uuid.uuid4().hex[:8]}",
            "auto.offset.reset": "earliest",
            "session.timeout.ms": 4000,  # the embedded broker's first join takes half of it
            "heartbeat.interval.ms": 1000,
        }
    )
    consumer.subscribe([topic])
    got: list[tuple[bytes, bytes]] = []
    try:
        for _ in range(300):
            if len(got) >= count:
                break
            message = consumer.poll(0.2)
            if message is None:
                continue
            assert message.error() is None, message.error()
            got.append((message.value(), dict(message.headers())["source"]))
        consumer.commit(asynchronous=False)
    finally:
        consumer.close()
    return sorted(got)


VALUES = [f"v{number:03d}".encode() for number in range(100)]


def test_kafka_carries_records_through_a_group(kafka: KafkaServer) -> None:
    topic = make_topic(kafka.bootstrap_servers)
    produce(kafka.bootstrap_servers, topic, VALUES)
    assert consume(kafka.bootstrap_servers, topic, len(VALUES)) == [(v, v) for v in VALUES]


def test_kafka_keeps_its_log_and_its_address_through_a_kill(tmp_path: Path) -> None:
    with KafkaServer(tmp_path) as server:
        topic, before = make_topic(server.address), server.address
        produce(server.address, topic, VALUES)
        server.kill()
        assert not server.running
        server.start()
        assert server.address == before
        assert consume(server.address, topic, len(VALUES)) == [(v, v) for v in VALUES]


def test_the_embedded_broker_carries_records_through_a_group(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as server:
        topic = make_topic(server.address)
        produce(server.address, topic, VALUES)
        assert consume(server.address, topic, len(VALUES)) == [(v, v) for v in VALUES]


@pytest.mark.parametrize("kind", [RedisServer, EmbeddedRedis])
@pytest.mark.parametrize(("role", "sync"), [("state", "everysec"), ("ledger", "always")])
def test_redis_is_durable_as_its_role_asks(
    tmp_path: Path, kind: type[RedisServer], role: str, sync: str
) -> None:
    assert role in ("state", "ledger")
    with (
        kind(tmp_path, "state" if role == "state" else "ledger") as server,
        redis.Redis.from_url(server.url) as client,
    ):
        settings = client.config_get("*")
        assert settings["appendonly"] == "yes"
        assert settings["appendfsync"] == sync
        assert settings["maxmemory-policy"] == "noeviction"
        client.set("kept", "1")
        server.kill()
        server.start()
        assert client.get("kept") == b"1"


def test_redis_can_lose_its_last_writes(tmp_path: Path) -> None:
    with RedisServer(tmp_path, "state") as server, redis.Redis.from_url(server.url) as client:
        client.set("first", "1")
        mark = server.append_only_mark()
        client.set("second", "2")
        server.kill()
        server.lose_writes_since(mark)
        server.start()
        assert client.get("first") == b"1"
        assert client.get("second") is None


def mail_to(address: str) -> EmailMessage:
    """Return a small mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@shop.test", address, "Hello"
    message.set_content("Text\n.\nafter a dot\n")
    return message


def test_the_inbox_keeps_envelope_and_bytes(smtp_server: SmtpInbox) -> None:
    with smtplib.SMTP(smtp_server.host, smtp_server.port) as client:
        client.send_message(mail_to("ann@people.test"))
    (mail,) = smtp_server.mailbox.to("Ann@people.test")
    assert mail.mail_from == "shop@shop.test"
    assert mail.header("Subject") == "Hello"
    assert mail.message.get_content().splitlines() == ["Text", ".", "after a dot"]


def test_the_inbox_process_writes_mails_before_it_acknowledges_them(tmp_path: Path) -> None:
    with SmtpInboxProcess(tmp_path) as server:
        reader = server.reader()
        with smtplib.SMTP(server.host, server.port) as client:
            for name in ("ann", "bob"):
                client.send_message(mail_to(f"{name}@people.test"))
                (mail,) = reader.new()
                assert mail.recipients == [f"{name}@people.test"]


def test_a_server_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    program = (
        "import sys, os; from pathlib import Path; from deploy.servers.redis import RedisServer\n"
        "server = RedisServer(Path(sys.argv[1]), 'state').start()\n"
        "print(server.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        server_pid = int(parent.stdout.readline())
        handle = os.pidfd_open(server_pid)
        parent.kill()
    ended, _, _ = select.select([handle], [], [], 10)
    os.close(handle)
    assert ended, f"process {server_pid} outlived its parent"


def test_a_server_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, "state")
    starting = threading.Thread(target=server.start)
    starting.start()
    starting.join()
    with server, redis.Redis.from_url(server.url) as client:
        assert client.ping()


def test_a_paused_server_is_silent_and_still_stops(tmp_path: Path) -> None:
    with RedisServer(tmp_path, "state") as server:
        assert server.answers()
        server.pause()
        assert server.accepts_connections()
        assert not server.answers()
        server.resume()
        assert server.answers()
        server.pause()
    assert not server.running


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    with RedisServer(tmp_path / "first", "state") as first:
        second = RedisServer(tmp_path / "second", "state", port=first.port)
        with pytest.raises(ServerStartError, match=f"port {first.port}: something listens"):
            second.start()
        assert not second.running


def test_a_server_that_ends_at_once_shows_the_end_of_its_log(tmp_path: Path) -> None:
    class Misconfigured(RedisServer):
        def command(self) -> list[str]:
            return [*super().command(), "--appendfsync", "sometimes"]

    with pytest.raises(ServerStartError, match=r"ended with status 1[\s\S]*sometimes"):
        Misconfigured(tmp_path, "state").start()
