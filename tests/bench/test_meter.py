"""A process that measures itself."""

import pytest

from bench.meter import Meter, peak_rss_bytes


def test_only_the_stretch_between_the_first_marks_counts() -> None:
    meter = Meter()
    meter.start()
    spin()
    meter.stop()
    before = meter.measured(1)
    spin()
    meter.start()
    meter.stop()
    assert meter.measured(1) == before
    assert before.user_seconds + before.system_seconds > 0


def test_a_stretch_that_never_ended_is_no_measurement() -> None:
    meter = Meter()
    meter.start()
    with pytest.raises(AssertionError, match="never ended"):
        meter.measured(1)


def test_peak_memory_covers_what_was_given_back() -> None:
    before = peak_rss_bytes()
    held = bytearray(64 * 2**20)
    held[::4_096] = b"x" * len(held[::4_096])
    del held
    assert peak_rss_bytes() >= before + 32 * 2**20


def spin() -> None:
    for _ in range(300_000):
        pass
