from tests.models.life import NOON_MS, Life


def test_time_zone_and_language_are_known_here_the_address_is_not() -> None:
    life = Life()
    life.happens(
        "profile", NOON_MS, address="a@example.org", time_zone="Asia/Tokyo", locale="ja-JP"
    )
    assert (life.profile.time_zone, life.profile.locale) == ("Asia/Tokyo", "ja-JP")
    assert life.profile.has_address
    assert "a@example.org" not in str(life.profile)
    assert life.contact is not None
    assert life.contact["address"] == "a@example.org"


def test_what_an_event_does_not_tell_stays() -> None:
    life = Life()
    life.happens("profile", NOON_MS, address="a@example.org", time_zone="Asia/Tokyo")
    life.happens("profile", NOON_MS + 1, locale="ja-JP")
    assert life.profile.time_zone == "Asia/Tokyo"
    assert life.contact is not None
    assert life.contact["address"] == "a@example.org"
