"""`nextbest emit` on Apache Kafka: a log arrives whole and once, also when it is interrupted."""

import gzip
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.servers.kafka import KafkaServer
from nextbest.cli import app
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from schemas.topic_admin import ensure_topics
from schemas.topics import Topology
from tests.integration.reading import read_topics
from tests.pipeline import wait_until

pytestmark = pytest.mark.integration

CODEC = Codec(BundledRegistry())
HEADER = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
)


class Shop:
    """A Kafka namespace with its topics, and the command against it."""

    def __init__(self, kafka: KafkaServer, namespace: str, folder: Path) -> None:
        self.kafka = kafka
        self.folder = folder
        self.topology = Topology(namespace)
        self.environment = {
            "NEXTBEST_NAMESPACE": namespace,
            "NEXTBEST_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "NEXTBEST_DATA_DIR": str(folder / "data"),
        }
        ensure_topics({"bootstrap.servers": kafka.bootstrap_servers}, self.topology)

    def emit(self, *arguments: str) -> Result:
        return CliRunner().invoke(
            app, ["emit", *arguments], env=self.environment, catch_exceptions=False
        )

    def log(self, name: str, text: str) -> str:
        path = self.folder / name
        data = text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return str(path)

    def has_checkpoint(self) -> bool:
        positions = self.folder / "data" / "emit"
        return positions.is_dir() and any(positions.glob("*.json"))

    def arrived(self) -> list[str]:
        found = read_topics(self.kafka.bootstrap_servers, self.topology.event_topics)
        return [CODEC.decode(message.value())[1]["event_id"] for message in found]


@pytest.fixture
def shop(kafka: KafkaServer, namespace: str, tmp_path: Path) -> Shop:
    return Shop(kafka, namespace, tmp_path)


def rees46(count: int) -> str:
    rows = [
        f"2019-10-01 00:{n // 60 % 60:02d}:{n % 60:02d} UTC,{'cart' if n % 9 == 0 else 'view'},"
        f"{n % 97},2053,shoes.boots,acme,{n % 50}.90,{n % 300},s-{n % 300}\n"
        for n in range(count)
    ]
    return HEADER + "".join(rows)


@pytest.mark.parametrize("name", ["oct.csv", "oct.csv.gz"])
def test_a_rees46_log_and_again(shop: Shop, name: str) -> None:
    log = shop.log(name, rees46(3000) + "broken\n")

    first = shop.emit(log)
    assert first.exit_code == 0
    assert "3000 events sent, 1 rejected" in first.output
    again = shop.emit(log)
    assert "0 events sent, 0 rejected" in again.output
    arrived = shop.arrived()
    assert len(arrived) == len(set(arrived)) == 3000
    assert '"bad_row"' in Path(f"{log}.rejected.jsonl").read_text()
    # From its start again: the same events under the same ids.
    assert "3000 events sent" in shop.emit(log, "--restart").output
    assert sorted(shop.arrived()) == sorted(arrived * 2)


def test_columns_mapped_on_the_command_line(shop: Shop) -> None:
    log = shop.log(
        "shop.csv", "what,when,who,sku\nseen,1772359200,ann,shoe\nput,1772359201,ann,shoe\n"
    )
    result = shop.emit(
        log,
        *("--map", "type=what", "--map", "occurred_at=when", "--map", "subscriber_id=who"),
        *("--map", "product_id=sku", "--type", "seen=browse", "--type", "put=cart:add"),
        *("--time-format", "s"),
    )

    assert result.exit_code == 0, result.output
    found = read_topics(shop.kafka.bootstrap_servers, shop.topology.event_topics)
    records = dict(CODEC.decode(message.value()) for message in found)
    assert set(records) == {"browse", "cart"}
    assert records["cart"]["action"] == "add"
    assert records["cart"]["occurred_at"] == 1_772_359_201_000


def test_columns_mapped_by_a_file(shop: Shop) -> None:
    log = shop.log("shop.csv", "when;who\n2026-03-01 10:00;ann\n")
    mapping = shop.log(
        "map.toml",
        'record = "browse"\ndelimiter = ";"\n'
        '[columns]\noccurred_at = "when"\nsubscriber_id = "who"\n',
    )

    assert shop.emit(log, "--mapping", mapping).exit_code == 0
    assert len(shop.arrived()) == 1


def test_killed_and_run_again_nothing_is_lost(shop: Shop) -> None:
    log = shop.log("oct.csv", rees46(25_000))
    command = [sys.executable, "-m", "nextbest.cli", "emit", log]
    process = subprocess.Popen(
        command, env=shop.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(shop.has_checkpoint, "the first checkpoint")
    assert process.poll() is None, "it ended before it could be stopped"
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    before = len(shop.arrived())
    assert 0 < before < 25_000

    assert shop.emit(log).exit_code == 0
    arrived = shop.arrived()
    assert len(set(arrived)) == 25_000
    # At most what lies between two checkpoints is sent twice, under the same ids.
    assert len(arrived) - 25_000 <= 10_000


def test_interrupted_by_hand_nothing_is_sent_twice(shop: Shop) -> None:
    log = shop.log("oct.csv", rees46(80_000))
    command = [sys.executable, "-m", "nextbest.cli", "emit", log]
    process = subprocess.Popen(
        command, env=shop.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(shop.has_checkpoint, "the first checkpoint")
    assert process.poll() is None, "it ended before it could be stopped"
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130

    assert shop.emit(log).exit_code == 0
    arrived = shop.arrived()
    assert len(arrived) == len(set(arrived)) == 80_000


def test_without_topics_it_says_what_to_do(kafka: KafkaServer, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(rees46(1))
    environment = {
        "NEXTBEST_NAMESPACE": "nowhere.",
        "NEXTBEST_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
    }
    done = subprocess.run(
        [sys.executable, "-m", "nextbest.cli", "emit", str(log)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "nextbest topics create" in done.stderr
