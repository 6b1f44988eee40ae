"""The wall clock's unit; the driven clock is tested where its store is, on a real Redis."""

from runtime.clock import WallClock


def test_the_wall_clock_gives_milliseconds() -> None:
    assert 1_600_000_000_000 < WallClock().now_ms() < 9_999_999_999_999
