import pytest

from models.person.profile import readable
from tests.models.life import DAY_MS, NOON_MS, Life


@pytest.mark.parametrize("proxy", [None, "apple", "gmail"])
def test_nothing_is_learned_from_an_open(proxy: str | None) -> None:
    life = Life().reachable()
    life.happens("browse", NOON_MS, category="tents")
    before, timers = readable(life.profile), dict(life.timers)
    sent = len(life.emitted)
    life.happens("open", NOON_MS + DAY_MS // 2, decision_id="0" * 32, proxy=proxy)
    assert readable(life.profile) == before
    assert (life.timers, len(life.emitted)) == (timers, sent)


def test_of_an_unknown_person_and_an_unknown_mail_it_is_as_good() -> None:
    life = Life()
    life.happens("open", NOON_MS)
    assert life.refused == []
    assert life.profile.last_ms == 0
