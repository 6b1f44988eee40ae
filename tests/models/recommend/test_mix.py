"""Which scorer is believed: the one that foretold."""

import pytest

from models.recommend.mix import Mix


def test_the_one_that_foretells_is_believed_where_it_does() -> None:
    mix = Mix.unknown()
    for _ in range(5_000):
        shares = mix.shares(100, (True, True, True))
        mix.learn(100, (shares[0] * 0.01, shares[1] * 0.2, shares[2] * 0.001))
    assert mix.shares(100, (True, True, True))[1] > 0.95
    assert mix.shares(0, (True, True, True))[1] < 0.5


def test_shares_are_of_those_that_say_something() -> None:
    mix = Mix.unknown()
    assert sum(mix.shares(3, (True, False, True))) == pytest.approx(1.0)
    assert mix.shares(3, (False, True, False)) == [0.0, 1.0, 0.0]
    assert mix.shares(3, (False, False, False)) == [0.0, 0.0, 0.0]


def test_what_nobody_foretold_teaches_nothing_and_weights_stay_in_bounds() -> None:
    mix = Mix.unknown()
    mix.learn(3, (0.0, 0.0, 0.0))
    assert mix == Mix.unknown()
    for _ in range(10_000):
        mix.learn(3, (1.0, 0.0, 0.0))
    mix.check()
    assert mix.shares(3, (True, True, True))[0] > 0.99
