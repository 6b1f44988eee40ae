from datetime import UTC, datetime
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.recipients.preferences import is_off, paused_until_ms, zone_of


def test_topics_are_read_with_and_without_blanks() -> None:
    preferences = {"topics_off": "sale, new_in"}
    assert is_off(preferences, "sale")
    assert is_off(preferences, "new_in")
    assert not is_off(preferences, "new")
    assert not is_off(preferences, None)
    assert not is_off({}, "sale")


def test_a_day_ends_a_pause_as_it_begins() -> None:
    begins = datetime(2025, 3, 1, tzinfo=UTC).timestamp() * 1000
    assert paused_until_ms({"pause_until": "2025-03-01"}, UTC) == begins
    assert paused_until_ms({"pause_until": " 1700000000000 "}, UTC) == 1_700_000_000_000


@pytest.mark.parametrize("none", [{}, {"pause_until": ""}, {"pause_until": "  "}])
def test_no_wish_is_no_pause(none: dict[str, str]) -> None:
    assert paused_until_ms(none, UTC) == 0


@pytest.mark.parametrize("text", ["soon", "2025-02-30", "2025-13-01", "-5", "٣"])
def test_a_wish_that_can_not_be_read_is_a_pause_without_an_end(text: str) -> None:
    assert paused_until_ms({"pause_until": text}, UTC) == inf


@given(st.text(max_size=30))
def test_no_text_throws(text: str) -> None:
    assert paused_until_ms({"pause_until": text}, UTC) >= 0


@pytest.mark.parametrize(
    ("zone", "expected_ms"),
    [
        (None, 1_767_225_600_000),
        ("Europe/Berlin", 1_767_222_000_000),
        ("America/Los_Angeles", 1_767_254_400_000),
        ("Mars/Olympus", 1_767_225_600_000),
        ("../../etc/passwd", 1_767_225_600_000),
    ],
)
def test_a_pause_ends_with_the_day_where_the_person_lives(
    zone: str | None, expected_ms: int
) -> None:
    where = zone_of({"time_zone": zone})
    assert paused_until_ms({"pause_until": "2026-01-01"}, where) == expected_ms
