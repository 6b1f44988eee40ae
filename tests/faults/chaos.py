"""Keeping workers running while they are killed and paused, as an orchestrator and bad luck do."""

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Self

from tests.pipeline import Pipeline, Role, wait_until


@dataclass
class Fleet:
    """So many processes of a role; one that ends is started again at once."""

    pipeline: Pipeline
    role: str
    size: int
    members: list[Role] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        """Start all members and watch them."""
        for _ in range(self.size):
            self.members.append(self._started())
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching, and leave nobody to disturb the next test."""
        self._stop.set()
        self._thread.join()
        for member in self.members:
            if member.alive:
                member.resume()
                member.kill()
            if member in self.pipeline.roles:
                self.pipeline.roles.remove(member)

    def _started(self) -> Role:
        member = self.pipeline.start(self.role)
        member.may_end = True  # as after a refused write
        return member

    def _watch(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                self._mend()
            time.sleep(0.1)

    def _mend(self) -> None:
        for index, member in enumerate(self.members):
            if not member.alive:
                self.pipeline.roles.remove(member)
                self.members[index] = self._started()
                self.exits.append(member.process.returncode)

    def resize(self, size: int) -> None:
        """Start more members or drain some."""
        with self._lock:
            leaving = self.members[size:]
            self.members = self.members[:size]
            while len(self.members) < size:
                self.members.append(self._started())
            self.size = size
        for member in leaving:
            assert member.stop() == 0, member.output()[-4000:]
        # Looked up anew each time: one that has ended meanwhile has a successor in its place.
        self.pipeline.wait_until(
            lambda: all(member.has_joined() for member in list(self.members)),
            f"every {self.role} has joined its group",
        )

    def strike(self, chance: random.Random, pause_seconds: float = 0.0) -> None:
        """Kill a random member, or pause it for so long and let it go on as a zombie."""
        with self._lock:
            self._mend()  # or one killed a moment ago could be chosen again
            victim = chance.choice(self.members)
            if not pause_seconds:
                victim.kill()
                self._mend()
                return
        victim.pause()
        time.sleep(pause_seconds)
        victim.resume()

    def end(self) -> None:
        """Stop watching and drain everyone."""
        self._stop.set()
        self._thread.join()
        for member in self.members:
            if member.alive:
                member.stop()


def strike_while_working(
    pipeline: Pipeline, fleet: Fleet, chance: random.Random, plan: list[float]
) -> None:
    """Strike once at each of several random points of the journal.

    Args:
        plan: For each strike, in order, 0 for SIGKILL or the seconds of a pause.
    """
    total = sum(pipeline.ends("journal").values())
    points = sorted(chance.uniform(0.02, 0.9) for _ in plan)
    for point, pause_seconds in zip(points, plan, strict=True):
        reached = int(point * total)
        wait_until(
            lambda reached=reached: sum(pipeline.applied().values()) >= reached,  # type: ignore[misc]
            f"{reached} of {total} journal records applied",
        )
        fleet.strike(chance, pause_seconds)
