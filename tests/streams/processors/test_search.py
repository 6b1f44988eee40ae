from tests.models.life import NOON_MS, Life


def test_a_search_is_a_sign_of_life_and_of_interest() -> None:
    life = Life()
    life.happens("search", NOON_MS, query="warm tent", category="tents")
    assert life.profile.searches == 1
    assert life.profile.last_ms == life.profile.last_search_ms == NOON_MS
    assert set(life.profile.categories) == {"tents"}
