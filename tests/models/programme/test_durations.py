import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.programme.durations import duration_ms, minute_of_day


@pytest.mark.parametrize(
    ("text", "length_ms"),
    [("45s", 45_000), ("30m", 1_800_000), ("1h", 3_600_000), ("2 w", 1_209_600_000), (0, 0)],
)
def test_durations(text: object, length_ms: int) -> None:
    assert duration_ms(text) == length_ms


@given(st.integers(0, 1439))
def test_times_of_day(minute: int) -> None:
    assert minute_of_day(f"{minute // 60:02}:{minute % 60:02}") == minute


@pytest.mark.parametrize("text", ["", "1", "h", "1.5h", "-1h", "1h30m", None, False, 5, "1y"])
def test_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match="no duration"):
        duration_ms(text)


@pytest.mark.parametrize("text", ["", "24:00", "8:00", "08:60", 480, None, "08:00:00"])
def test_no_time_of_day(text: object) -> None:
    with pytest.raises(ValueError, match="no time of day"):
        minute_of_day(text)
