"""Whose interactions are gathered: all of a few, some of many, the same people again."""

import pytest

from models.recommend.sampling import WINDOW_MS, Sampling

PEOPLE = [f"p{number:06d}" for number in range(4_000)]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_a_share_of_the_people_is_taken_and_always_the_same(share: float) -> None:
    sampling = Sampling(share, 1e6)
    taken = {person for person in PEOPLE if sampling.takes(person, 0)}
    assert len(taken) == pytest.approx(share * len(PEOPLE), rel=0.15)
    assert taken == {person for person in PEOPLE if sampling.takes(person, 1)}
    larger = Sampling(min(1.0, 2 * share), 1e6)
    assert all(larger.takes(person, 0) for person in taken)


def test_it_falls_where_too_much_comes_and_rises_when_little_does() -> None:
    sampling, at_ms, taken = Sampling(1.0, 10.0), 1_000_000, 0
    for second in range(600):  # 100 a second, where 10 are wanted
        for number in range(100):
            person = PEOPLE[(second * 100 + number) % len(PEOPLE)]
            taken += sampling.takes(person, at_ms + second * 1_000)
    assert 1 / 32 <= sampling.share <= 1 / 8
    assert taken < 600 * 10 * 1.3
    at_ms += 600_000
    for second in range(900):  # 1 a second
        sampling.takes(PEOPLE[second], at_ms + second * 1_000)
    assert sampling.share == 1.0


def test_it_falls_by_so_much_as_comes_too_soon() -> None:
    sampling, at_ms = Sampling(1.0, 1_000.0), 1_000_000
    comes = 0
    while sampling.share == 1.0:  # 8 times as much as is wanted
        sampling.takes(PEOPLE[comes % len(PEOPLE)], at_ms + comes // 8)
        comes += 1
    assert sampling.share == pytest.approx(1.0 / 7.0, rel=0.2)


def test_it_rises_again_though_nobody_who_is_taken_comes() -> None:
    sampling = Sampling(1.0, 1.0)
    for person in PEOPLE * 25:
        sampling.takes(person, 5)
    others = [f"q{number}" for number in range(50)]
    assert not any(sampling.takes(person, 6) for person in others)
    for minute in range(1, 40):
        sampling.takes(others[minute], 5 + minute * 2 * WINDOW_MS)
    assert sampling.share == 1.0


def test_a_rush_takes_it_down_at_once() -> None:
    sampling = Sampling(1.0, 1.0)
    taken = sum(sampling.takes(person, 5) for person in PEOPLE * 25)
    assert taken < 200  # of 100,000 within one millisecond
    assert sampling.share > 0.0
    assert sampling.takes(PEOPLE[0], 5 + WINDOW_MS) in (True, False)


def test_a_late_record_is_no_rush_and_no_end_of_the_window() -> None:
    sampling, at_ms = Sampling(1.0, 1.0), 1_000_000
    wanted = WINDOW_MS // 1_000
    assert all(sampling.takes(person, at_ms + 29_000) for person in PEOPLE[:wanted])
    sampling.takes(PEOPLE[wanted], at_ms - 86_400_000)
    assert sampling.share == 0.5
    for person in PEOPLE[:wanted]:
        sampling.takes(person, at_ms + 29_500)
    assert sampling.share == 0.5
