from tests.models.life import HOUR_MS, NOON_MS, Life


def _welcomed() -> Life:
    for attempt in range(20):
        life = Life(subscriber=f"sub-{attempt}")
        life.happens("consent", NOON_MS)
        life.happens("profile", NOON_MS + 1, address="a@example.org")
        if life.sent:
            return life
    raise AssertionError("twenty welcomes in a row held")


def test_a_click_counts_for_its_mail_and_says_when_they_read() -> None:
    life = _welcomed()
    decision_id = life.sent[0]["decision_id"]
    life.happens("click", NOON_MS + HOUR_MS, decision_id=decision_id, category="tents")
    life.happens("click", NOON_MS + 2 * HOUR_MS, decision_id=decision_id)
    profile = life.profile
    assert profile.clicks == 2
    assert profile.messages[0].clicks == 2
    assert profile.messages[0].clicked_ms == NOON_MS + 2 * HOUR_MS
    assert profile.pending[0].clicks == 2
    assert [hour % 24 for hour in profile.reads] == [12, 13]  # in UTC
    assert set(profile.categories) == {"tents"}


def test_a_click_on_a_mail_nobody_remembers_is_fine() -> None:
    life = Life()
    life.happens("click", NOON_MS, decision_id="0" * 32)
    life.happens("click", NOON_MS + 1)
    assert life.profile.clicks == 2
    assert life.profile.messages == []
