"""A process measures itself: CPU time, wall time and memory, between two marks."""

import os
import resource
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from bench.task import Measured

RESULT = "RESULT "
"""Begins the line of standard output that holds the `Measured`."""


class Meter:
    """Start, stop, tell; a second start or stop changes nothing."""

    def __init__(self) -> None:
        self._start: tuple[float, float, float] | None = None
        self._stop: tuple[float, float, float] | None = None
        self._peak_rss_bytes = 0

    def start(self) -> None:
        """Begin the measured stretch."""
        if self._start is None:
            self._start = _now()

    def stop(self) -> None:
        """End the measured stretch."""
        if self._stop is None:
            self._stop = _now()
            self._peak_rss_bytes = peak_rss_bytes()

    def measured(
        self,
        events: int,
        stages: Mapping[str, float] | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> Measured:
        """What lies between the marks."""
        assert self._start is not None, "the measured stretch never began"
        assert self._stop is not None, "the measured stretch never ended"
        user, system, wall = (b - a for a, b in zip(self._start, self._stop, strict=True))
        return Measured(
            events=events,
            user_seconds=user,
            system_seconds=system,
            wall_seconds=wall,
            peak_rss_bytes=self._peak_rss_bytes,
            stages=dict(stages or {}),
            counts=dict(counts or {}),
        )


def tell(measured: Measured) -> None:
    """Hand the measurement to the process that started this one."""
    out = sys.__stdout__  # Faust makes log lines of what is written to sys.stdout
    assert out is not None, "there is no standard output to tell it on"
    out.write(f"{RESULT}{msgspec.json.encode(measured).decode()}\n")
    out.flush()


def peak_rss_bytes() -> int:
    """The highest resident memory of this process so far.

    Not `ru_maxrss`: Linux hands a child the peak of the process it was forked from.
    """
    for line in Path(f"/proc/{os.getpid()}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("this kernel does not tell a process's peak memory (VmHWM)")


def _now() -> tuple[float, float, float]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime, usage.ru_stime, time.monotonic()
