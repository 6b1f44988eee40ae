"""Disappointments that last are told from chance; pleasant surprises are none."""

from random import Random

from models.bandit.surprise import Surprise


def test_chance_raises_no_alarm() -> None:
    surprise, luck = Surprise(), Random(1)
    assert not any(surprise.update(luck.gauss(0.0, 1.0)) for _ in range(50_000))


def test_lasting_disappointment_does_soon_and_once() -> None:
    surprise, luck = Surprise(), Random(1)
    alarms = [at for at in range(400) if surprise.update(luck.gauss(-0.4, 1.0))]
    assert 50 < alarms[0] < 300
    assert surprise.below < 50.0


def test_good_news_are_no_alarm_and_extremes_are_held() -> None:
    surprise = Surprise()
    assert not any(surprise.update(1e300) for _ in range(1_000))
    assert not surprise.update(-1e300)
    assert surprise.below < 5.0
