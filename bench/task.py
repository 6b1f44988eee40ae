"""What a peer's process is told, and what it tells: JSON both ways."""

from pathlib import Path

import msgspec


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measured run of one peer.

    Attributes:
        bootstrap_servers: Kafka.
        state_url: Redis, holding the state as it stands before the measured events.
        namespace: Whose topics.
        partitions: Of the journal.
        start: The journal's offsets, by partition, at which the measured events begin.
        end: The offsets after them.
        events: How many events are measured: all of them, or fewer for a slow peer.
        group: Consumer group and the like, where one is needed; a new one for each run.
        data_dir: For files.
    """

    bootstrap_servers: str
    state_url: str
    namespace: str
    partitions: int
    start: dict[int, int]
    end: dict[int, int]
    events: int
    group: str
    data_dir: str

    def write(self, path: Path) -> None:
        """Write it where the process will read it."""
        path.write_bytes(msgspec.json.encode(self))

    @staticmethod
    def read(path: Path) -> "Task":
        """Read what `write` wrote."""
        return msgspec.json.decode(path.read_bytes(), type=Task)


class Measured(msgspec.Struct, kw_only=True):
    """What one run of a peer took, between the two ends of its measured stretch.

    Attributes:
        events: Events worked on.
        user_seconds: CPU time of the whole process, all its threads, in user mode.
        system_seconds: The same in the kernel.
        wall_seconds: Time that passed.
        peak_rss_bytes: Highest resident memory so far, start-up included.
        stages: CPU time by stage, in seconds, where the peer knows.
        counts: What else it counted.
    """

    events: int
    user_seconds: float
    system_seconds: float
    wall_seconds: float
    peak_rss_bytes: int
    stages: dict[str, float] = {}
    counts: dict[str, int] = {}

    @property
    def cpu_us_per_event(self) -> float:
        """CPU microseconds, user and system, per event."""
        return (self.user_seconds + self.system_seconds) * 1e6 / self.events

    @property
    def events_per_second(self) -> float:
        """Events per second of wall time."""
        return self.events / self.wall_seconds
