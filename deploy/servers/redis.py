"""Redis from Debian's package, with the configuration of deploy/redis."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from deploy.servers.packages import require
from deploy.servers.process import ServerProcess

RedisRole = Literal["state", "ledger"]
CONFIGURATION_DIR = Path(__file__).parents[1] / "redis"


@dataclass(frozen=True, slots=True)
class AppendOnlyMark:
    """A point in a server's append-only file: the length of each of its parts."""

    sizes_bytes: Mapping[str, int]


class RedisServer(ServerProcess):
    """Debian's redis-server, durable as its role asks: a sync each second, or on every write.

    Args:
        data_dir: Where its append-only file and log live.
        role: `state` (appendfsync everysec) or `ledger` (appendfsync always).
        port: A fixed port, or a free one.
    """

    name = "redis"
    start_timeout_seconds = 30.0

    def __init__(self, data_dir: Path, role: RedisRole, *, port: int | None = None) -> None:
        super().__init__(data_dir, port=port)
        self.role = role

    @property
    def url(self) -> str:
        """`redis://host:port/0`."""
        return f"redis://{self.address}/0"

    def binary(self) -> str:
        """Return the server's program, installed when it can be."""
        return require("redis-server", "redis-server")

    def command(self) -> Sequence[str]:
        """Run with the role's own configuration file; only the place is ours."""
        return [
            self.binary(),
            str(CONFIGURATION_DIR / f"{self.role}.conf"),
            "--bind",
            self.host,
            "--port",
            str(self.port),
            "--dir",
            str(self.data_dir),
        ]

    def answers(self) -> bool:
        """PING, which is refused while the append-only file is loading."""
        once = Retry(NoBackoff(), 0)  # the default asks ten times, with growing pauses
        with redis.Redis(
            host=self.host,
            port=self.port,
            socket_timeout=1.0,
            socket_connect_timeout=1.0,
            retry=once,
        ) as client:
            try:
                return bool(client.ping())
            except (redis.RedisError, OSError):
                return False

    def append_only_mark(self) -> AppendOnlyMark:
        """Return how long its append-only file is now, everything written so far included.

        For tests of a lost second: SIGKILL alone loses nothing, as the kernel still has what
        Redis wrote; a machine that loses power is played by `lose_writes_since`.
        """
        return AppendOnlyMark(
            {path.name: path.stat().st_size for path in self._append_only_files()}
        )

    def lose_writes_since(self, mark: AppendOnlyMark) -> None:
        """Cut the append-only file back to a mark; the server must not be running.

        Raises:
            ValueError: It runs, or it has rewritten the file since the mark.
        """
        files = list(self._append_only_files())
        if self.running or {path.name for path in files} != set(mark.sizes_bytes):
            raise ValueError("the append-only file can't be cut: in use, or rewritten since")
        for path in files:
            os.truncate(path, mark.sizes_bytes[path.name])

    def _append_only_files(self) -> Iterator[Path]:
        return (self.data_dir / "appendonlydir").glob("*.aof")
