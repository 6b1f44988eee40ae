"""Choices by name, as they travel and stand in the contact record."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.field_checks import check_named_texts
from senders.recipients.choices import paused_until_ms
from senders.recipients.chosen import FREQUENCIES, Chosen, chosen

CHOICES = st.builds(
    Chosen,
    st.frozensets(st.from_regex(r"[a-z0-9_]{1,20}", fullmatch=True), max_size=5),
    st.sampled_from(FREQUENCIES),
    st.none() | st.dates(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(CHOICES)
def test_what_is_stored_is_what_was_chosen(made: Chosen) -> None:
    check_named_texts("preferences", made.stored())
    assert chosen(made.stored()) == made


@given(st.dictionaries(st.sampled_from(list(Chosen().stored())), st.text(max_size=20)))
def test_whatever_is_on_record_can_be_read(preferences: dict[str, str]) -> None:
    chosen(chosen(preferences).stored())


def test_who_never_chose_is_tracked_and_personalised_but_never_by_a_pixel() -> None:
    made = chosen({})
    assert (made.track, made.personalise, made.open_pixel) == (True, True, False)
    assert (made.topics_off, made.frequency, made.pause_until) == (frozenset(), "all", None)
    assert chosen({"track": "no", "open_pixel": "maybe", "frequency": "hourly"}) == Chosen(
        track=False
    )


@pytest.mark.parametrize("text", ["2026-02-30", "soon", "20260101", "2026-1-1", "\uff12026-01-01"])
def test_a_day_that_is_none_is_no_pause(text: str) -> None:
    assert chosen({"pause_until": text}).pause_until is None


@pytest.mark.parametrize(
    ("zone", "expected_ms"),
    [
        (None, 1_767_225_600_000),
        ("Europe/Berlin", 1_767_222_000_000),
        ("Mars/Olympus", 1_767_225_600_000),
        ("../../etc/passwd", 1_767_225_600_000),
    ],
)
def test_a_pause_ends_with_the_day_where_the_person_lives(
    zone: str | None, expected_ms: int
) -> None:
    made = Chosen(pause_until=date(2026, 1, 1))
    assert paused_until_ms(made, {"time_zone": zone}) == expected_ms


def test_no_pause_ends_at_no_time() -> None:
    assert paused_until_ms(Chosen(), None) == 0
