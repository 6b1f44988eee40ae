from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.localtime import local_minute, next_at, usable, zone


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe", "x" * 300, "a\0b"]
)
def test_what_is_no_time_zone_falls_back(name: str) -> None:
    assert zone(name) is None
    assert usable(name, "Europe/Berlin") == "Europe/Berlin"
    assert local_minute(_ms("2024-01-01T10:30"), name) == 10 * 60 + 30


def test_the_wall_clock_follows_the_zone_and_the_season() -> None:
    assert local_minute(_ms("2024-01-01T10:30"), "Europe/Berlin") == 11 * 60 + 30
    assert local_minute(_ms("2024-07-01T10:30"), "Europe/Berlin") == 12 * 60 + 30
    assert local_minute(_ms("2024-07-01T20:00"), "Asia/Kolkata") == 90


def test_the_next_time_of_day() -> None:
    assert next_at(_ms("2024-01-01T22:00"), "UTC", 8 * 60) == _ms("2024-01-02T08:00")
    assert next_at(_ms("2024-01-01T07:59"), "UTC", 8 * 60) == _ms("2024-01-01T08:00")
    assert next_at(_ms("2024-01-01T08:00"), "UTC", 8 * 60) == _ms("2024-01-02T08:00")


def test_the_night_the_clocks_change() -> None:
    # 31 March 2024 in Berlin: 02:00 becomes 03:00, the night is an hour short.
    assert next_at(_ms("2024-03-30T22:00"), "Europe/Berlin", 480) == _ms("2024-03-31T06:00")
    # 27 October 2024: 03:00 becomes 02:00, the night is an hour long.
    assert next_at(_ms("2024-10-26T22:00"), "Europe/Berlin", 480) == _ms("2024-10-27T07:00")
    # 02:30 does not exist that night.
    assert next_at(_ms("2024-03-31T00:00"), "Europe/Berlin", 150) == _ms("2024-03-31T01:30")


@given(
    st.integers(946_684_800_000, 4_102_444_800_000),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kolkata"]),
    st.integers(0, 1439),
)
def test_the_next_time_is_after_now_and_within_two_days(
    now_ms: int, name: str, minute: int
) -> None:
    assert now_ms < next_at(now_ms, name, minute) <= now_ms + 50 * 3_600_000


@given(
    st.integers(946_684_800_000, 4_102_444_800_000),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kolkata"]),
    st.integers(0, 1439),
)
def test_the_wall_clock_is_the_tz_database_s(now_ms: int, name: str, minute: int) -> None:
    local = datetime.fromtimestamp(now_ms // 1000, ZoneInfo(name))
    assert local_minute(now_ms, name) == local.hour * 60 + local.minute
    then = datetime.fromtimestamp(next_at(now_ms, name, minute) // 1000, ZoneInfo(name))
    shown = then.hour * 60 + then.minute
    # A time that the clocks skip is read after the gap; clocks skip a day at most (Apia, 2011).
    assert shown == minute or then.utcoffset() != local.utcoffset()
