"""Which item comes again: learned from what came."""

from random import Random

import pytest

from models.recommend.repeats import Repeats, newness, past


def test_it_comes_to_know_how_often_which_comes_again() -> None:
    repeats, luck = Repeats.unknown(), Random(2)
    items = [past(name, age, 1, 0.0, 0.0) for age, name in enumerate("abc")]
    new = newness(3, repeated=False)
    for _ in range(4_000):
        came = luck.choices([0, 1, 2, None], [1, 5, 1, 3])[0]
        repeats.learn(items, new, repeats.chances(items, new), came)
    chances = repeats.chances(items, new)
    assert sum(chances) == pytest.approx(1.0)
    assert chances == pytest.approx([0.1, 0.5, 0.1, 0.3], abs=0.06)


def test_what_alike_sessions_say_counts() -> None:
    repeats = Repeats.unknown()
    items = [past("a", 3, 1, 0.5, 0.5), past("b", 3, 1, 0.0, 0.0)]
    new = newness(5, repeated=True)
    for _ in range(200):
        repeats.learn(items, new, repeats.chances(items, new), 0)
    others = [past("x", 3, 1, 0.0, 0.0), past("y", 3, 1, 0.5, 0.5)]
    chances = repeats.chances(others, new)
    assert chances[1] > 2 * chances[0]


def test_numbers_stay_in_bounds() -> None:
    repeats = Repeats.unknown()
    items = [past("a", 10**9, 10**9, 1.0, 1.0)]
    new = newness(10**9, repeated=True)
    for _ in range(20_000):
        repeats.learn(items, new, [0.0, 1.0], 0)
    repeats.check()
    assert repeats.chances(items, new)[0] > 0.999
    assert len({newness(n, repeated=r) for n in range(1, 20) for r in (False, True)}) == 24
