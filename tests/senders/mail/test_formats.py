import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.mail.formats import last_day, number_text, price_text, zone


@pytest.mark.parametrize(
    ("locale", "shown"),
    [
        (None, "€1,234.50"),
        ("en", "€1,234.50"),
        ("en-GB", "€1,234.50"),
        ("de", "1.234,50\u00a0€"),
        ("de_DE", "1.234,50\u00a0€"),
        ("de-Latn-DE", "1.234,50\u00a0€"),
        ("de-AT", "€\u00a01.234,50"),
        ("de-CH", "€\u00a01\u2019234.50"),
        ("fr", "1\u202f234,50\u00a0€"),
        ("es", "1234,50\u00a0€"),
        ("it-IT", "1.234,50\u00a0€"),
        ("nl", "€\u00a01.234,50"),
        ("sv", "1\u00a0234,50\u00a0€"),
        ("tlh", "€1,234.50"),
        ("", "€1,234.50"),
        ("--__", "€1,234.50"),
    ],
)
def test_a_price_is_written_as_the_locale_does(locale: str | None, shown: str) -> None:
    assert price_text(1234.5, "EUR", locale) == shown


@pytest.mark.parametrize(
    ("price", "currency", "shown"),
    [
        (1234.5, "JPY", "¥1,234"),
        (1.2345, "KWD", "KWD\u00a01.234"),
        (9.5, "CHF", "CHF\u00a09.50"),
        (0.0, "GBP", "£0.00"),
        (1e9, "USD", "$1,000,000,000.00"),
    ],
)
def test_a_currency_has_its_own_decimals_and_sign(price: float, currency: str, shown: str) -> None:
    assert price_text(price, currency) == shown


def test_spanish_groups_from_five_digits() -> None:
    assert number_text(12345.0, "es") == "12.345"
    assert number_text(1234.0, "es") == "1234"


@given(st.text(max_size=30), st.text(max_size=30), st.floats(0, 1e12))
def test_any_locale_and_currency_give_a_price(locale: str, currency: str, price: float) -> None:
    shown = price_text(price, currency, locale)
    assert any(character.isdigit() for character in shown)
    assert "\n" not in shown


def test_a_day_is_the_person_s_own() -> None:
    midnight_in_berlin = 1_798_153_200_000  # 25 December 2026, 00:00
    assert last_day(midnight_in_berlin, "Europe/Berlin") == "2026-12-24"
    assert last_day(midnight_in_berlin + 1, "Europe/Berlin") == "2026-12-25"
    assert last_day(midnight_in_berlin + 1, "Pacific/Auckland") == "2026-12-25"
    assert last_day(midnight_in_berlin + 1, "America/New_York") == "2026-12-24"


@pytest.mark.parametrize(
    "name", ["Europe/Atlantis", "", None, "../etc/passwd", "Europe", "a" * 10_000, "\x00", "é"]
)
def test_a_zone_that_does_not_exist_is_utc(name: str | None) -> None:
    assert last_day(1_798_153_200_001, name) == "2026-12-24"
    assert str(zone(name)) == "UTC"


def test_a_time_that_no_calendar_has_is_no_day() -> None:
    assert last_day(10**18, "Europe/Berlin") == ""
