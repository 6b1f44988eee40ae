"""The budget of codes: exact over partitions, days and what goes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.decay import DAY_MS
from models.errors import ProfileBytesError
from models.offers.spent import Spent, from_text, reached, share, to_text


@given(some.integers(0, 10_000), some.integers(1, 64))
def test_shares_add_up_to_the_budget(limit: int, partitions: int) -> None:
    shares = [share(limit, partition, partitions) for partition in range(partitions)]
    assert sum(shares) == limit
    assert max(shares) - min(shares) <= 1


@given(some.lists(some.integers(0, 30), max_size=60))
def test_a_week_counts_seven_days_and_no_more_is_kept(days: list[int]) -> None:
    spent = Spent()
    for done, day in enumerate(sorted(days), 1):
        spent = spent.counted(1, day * DAY_MS + 5)
        assert spent.week(day * DAY_MS) == sum(day - 7 < d for d in sorted(days)[:done])
    assert spent.total == len(days)
    assert len(spent.days) <= 7
    assert from_text(to_text(spent)) == spent


def test_what_goes_back_counts_no_more_on_the_day_it_was_taken() -> None:
    spent = Spent().counted(1, 5 * DAY_MS).counted(1, 6 * DAY_MS).counted(-1, 5 * DAY_MS)
    assert (spent.total, spent.days) == (1, {6: 1})
    assert spent.counted(-1, 2 * DAY_MS).counted(-1, 2 * DAY_MS).total == 0, "never below"


def test_a_limit_is_reached_by_what_was_given_and_what_a_step_has_taken() -> None:
    spent = Spent().counted(1, 0)

    def is_reached(taken: int, *, week: int | None = None, total: int | None = None) -> bool:
        return reached(spent, 0, per_week=week, total=total, partition=0, partitions=2, taken=taken)

    assert not is_reached(9)
    assert not is_reached(0, week=3)
    assert is_reached(1, week=3), "the first of two partitions has two of three"
    assert is_reached(0, total=2)
    assert is_reached(0, week=0)


def test_a_damaged_count_is_told() -> None:
    with pytest.raises(ProfileBytesError):
        from_text("{")
