"""Which way sessions go, learned."""

import pytest

from models.recommend.direction import Direction


def test_it_comes_to_expect_what_comes() -> None:
    direction = Direction()
    for at in range(5_000):
        expected = direction.behind / (1.0 + direction.behind)
        direction.learn(float(at % 5 == 0), expected)
    assert direction.behind == pytest.approx(0.25, abs=0.03)


def test_it_stays_in_bounds() -> None:
    direction = Direction()
    for came in (0.0, 1.0):
        for _ in range(5_000):
            direction.learn(came, 0.5)
        direction.check()
