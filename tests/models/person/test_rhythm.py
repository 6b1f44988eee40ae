from math import log2

from hypothesis import given
from hypothesis import strategies as st

from models import bounds
from models.person import rhythm
from models.person.profile import new_profile
from models.person.rhythm import HOUR_MS
from tests.models.life import DAY_MS, NOON_MS, Life

UTC_HOUR = NOON_MS // HOUR_MS % (7 * 24)


def test_nothing_known_makes_every_hour_alike() -> None:
    profile = new_profile()
    hours = rhythm.Hours(profile)
    assert {hours.looks_soon(NOON_MS + hour * HOUR_MS) for hour in range(24)} == {0.0}


def test_a_visit_tells_one_hour_however_many_pages_it_has() -> None:
    life = Life()
    for minute in range(0, 25, 5):
        life.happens("browse", NOON_MS + minute * 60_000)
    life.happens("browse", NOON_MS + 3 * HOUR_MS)
    assert list(life.profile.visits) == [UTC_HOUR, UTC_HOUR + 3]


def test_days_are_alike_until_several_visits_tell_them_apart() -> None:
    profile = new_profile()
    assert rhythm.Hours(profile).on_its_day(NOON_MS) == 0.0
    found = []
    for week in range(12):
        rhythm.here(profile, NOON_MS + 7 * week * DAY_MS)
        profile.last_ms = NOON_MS + 7 * week * DAY_MS
        found.append(rhythm.Hours(profile).on_its_day(NOON_MS + 700 * DAY_MS - 2 * HOUR_MS))
    assert found == sorted(found)
    assert found[0] < 0.2
    assert 0.6 < found[-1] < 1.0
    other = rhythm.Hours(profile).on_its_day(NOON_MS + DAY_MS)
    assert -1.0 < other < 0.0
    read = new_profile()
    rhythm.read(read, NOON_MS)
    assert rhythm.Hours(read).on_its_day(NOON_MS) > found[0], "a click says more"


@given(st.lists(st.integers(0, 2**42), min_size=1, max_size=60), st.integers(0, 2**42))
def test_a_visit_counts_for_arrivals_of_the_day_before_it_and_no_other(
    times: list[int], at_ms: int
) -> None:
    """Over the borders of days and of the week too."""
    profile = new_profile()
    for visit_ms in times:
        profile.last_ms = 0
        rhythm.here(profile, 2**42 + visit_ms)
    ahead = sum((hour - at_ms // HOUR_MS) % 168 < 24 for hour in profile.visits)
    expected = log2((ahead + 2.0) / ((len(profile.visits) + 14.0) / 7.0)) / 3.0
    assert abs(rhythm.Hours(profile).on_its_day(at_ms) - expected) < 1e-9


def test_the_hours_before_one_s_own_are_as_good_as_it_and_those_after_are_not() -> None:
    profile = new_profile()
    for day in range(6):
        rhythm.here(profile, NOON_MS + day * DAY_MS)
        profile.last_ms = NOON_MS + day * DAY_MS
    at = {h: rhythm.Hours(profile).looks_soon(NOON_MS + h * HOUR_MS) for h in range(-4, 5)}
    assert at[0] > at[-1] > at[-2] > 0.0
    assert at[1] == at[4] == at[-4] < 0.0


def test_a_click_in_a_mail_says_more_than_a_visit() -> None:
    visited, read = new_profile(), new_profile()
    rhythm.here(visited, NOON_MS)
    rhythm.read(read, NOON_MS)
    assert rhythm.Hours(read).looks_soon(NOON_MS) > rhythm.Hours(visited).looks_soon(NOON_MS) > 0.0


@given(st.lists(st.integers(0, 2**42), max_size=60), st.integers(0, 2**42))
def test_it_stays_small_and_near_one(times: list[int], now_ms: int) -> None:
    profile = new_profile()
    for at_ms in times:
        rhythm.read(profile, at_ms)
        rhythm.here(profile, at_ms)
    assert max(len(profile.reads), len(profile.visits)) <= bounds.HOURS
    assert -2.0 < rhythm.Hours(profile).looks_soon(now_ms) < 1.2


def test_what_a_machine_clicked_is_taken_back() -> None:
    profile = new_profile()
    rhythm.read(profile, NOON_MS - 5 * HOUR_MS)
    before = profile.reads
    rhythm.read(profile, NOON_MS)
    rhythm.read(profile, NOON_MS + 1_000)
    rhythm.take_back(profile, NOON_MS, 2)
    assert profile.reads == before
