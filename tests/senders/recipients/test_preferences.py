from datetime import UTC, datetime
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.recipients.preferences import is_off, paused_until_ms


def test_topics_are_read_with_and_without_blanks() -> None:
    preferences = {"topics_off": "sale, new_in"}
    assert is_off(preferences, "sale")
    assert is_off(preferences, "new_in")
    assert not is_off(preferences, "new")
    assert not is_off(preferences, None)
    assert not is_off({}, "sale")


def test_a_day_ends_a_pause_as_it_begins() -> None:
    begins = datetime(2025, 3, 1, tzinfo=UTC).timestamp() * 1000
    assert paused_until_ms({"pause_until": "2025-03-01"}) == begins
    assert paused_until_ms({"pause_until": " 1700000000000 "}) == 1_700_000_000_000


@pytest.mark.parametrize("none", [{}, {"pause_until": ""}, {"pause_until": "  "}])
def test_no_wish_is_no_pause(none: dict[str, str]) -> None:
    assert paused_until_ms(none) == 0


@pytest.mark.parametrize("text", ["soon", "2025-02-30", "2025-13-01", "-5", "٣"])
def test_a_wish_that_can_not_be_read_is_a_pause_without_an_end(text: str) -> None:
    assert paused_until_ms({"pause_until": text}) == inf


@given(st.text(max_size=30))
def test_no_text_throws(text: str) -> None:
    assert paused_until_ms({"pause_until": text}) >= 0
