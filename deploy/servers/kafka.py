"""Apache Kafka itself: one KRaft node from its Maven Central artifacts, on this machine's Java."""

import base64
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.servers.errors import ServerStartError
from deploy.servers.kafka_artifacts import java, kafka_jars
from deploy.servers.kafka_probe import broker_answers
from deploy.servers.ports import free_port
from deploy.servers.process import ServerProcess

CONFIGURATION_DIR = Path(__file__).parents[1] / "kafka"


class KafkaServer(ServerProcess):
    """A single broker and controller with the configuration of deploy/kafka.

    Args:
        data_dir: Holds the log directories, the generated properties and the broker's output.
        port: A fixed port, or a free one.
        heap_mib: The JVM's heap; the log lives in the page cache, so little is enough.
        overrides: Broker properties put over deploy/kafka/server.properties.
    """

    name = "kafka"
    start_timeout_seconds = 90.0
    stop_timeout_seconds = 20.0

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        heap_mib: int = 512,
        overrides: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data_dir, port=port)
        self.controller_port = free_port(self.host)
        self.heap_mib = heap_mib
        self.overrides = dict(overrides or {})
        self.properties_path = data_dir / "server.properties"

    @property
    def bootstrap_servers(self) -> str:
        """What Kafka clients call it: `host:port`."""
        return self.address

    def prepare(self) -> None:
        """Write the properties and, on a fresh directory, format the storage."""
        places = {
            "listeners": f"CLIENTS://{self.address},CONTROLLER://{self.host}:{self.controller_port}",
            "advertised.listeners": f"CLIENTS://{self.address}",
            "controller.quorum.voters": f"1@{self.host}:{self.controller_port}",
            "log.dirs": str(self.data_dir / "log"),
            **self.overrides,
        }
        shipped = (CONFIGURATION_DIR / "server.properties").read_text(encoding="utf-8")
        ours = "".join(f"{name}={value}\n" for name, value in places.items())
        # Of a property given twice, java.util.Properties takes the last.
        self.properties_path.write_text(f"{shipped}\n# This run's places:\n{ours}", "utf-8")
        if not (self.data_dir / "log" / "meta.properties").exists():
            self._format_storage()

    def command(self) -> Sequence[str]:
        """Run kafka.Kafka, the broker's main class, on the generated properties."""
        return [*self._java(self.heap_mib), "kafka.Kafka", str(self.properties_path)]

    def answers(self) -> bool:
        """Ask for the cluster's metadata."""
        return broker_answers(self.address)

    def _format_storage(self) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = [*self._java(128), "kafka.tools.StorageTool"]
        done = subprocess.run(
            [*tool, "format", f"--cluster-id={cluster_id}", f"--config={self.properties_path}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=self.start_timeout_seconds,
        )
        if done.returncode != 0:
            raise ServerStartError(
                self.name, "could not format its storage", self.log_path, done.stdout + done.stderr
            )

    def _java(self, heap_mib: int) -> list[str]:
        return [
            java(),
            f"-Xms{heap_mib}m",
            f"-Xmx{heap_mib}m",
            "-XX:+UseSerialGC",
            f"-Dlog4j2.configurationFile={CONFIGURATION_DIR / 'log4j2.yaml'}",
            "-cp",
            f"{kafka_jars()}/*",
        ]
