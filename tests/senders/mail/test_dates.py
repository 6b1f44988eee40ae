import pytest

from senders.mail.dates import day_text


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en-GB", "24 December 2026"),
        ("de_AT", "24. Dezember 2026"),
        ("FR", "24 décembre 2026"),
        ("es", "24 de diciembre de 2026"),
        ("it", "24 dicembre 2026"),
        ("nl-BE", "24 december 2026"),
        ("pl", "2026-12-24"),
        (None, "2026-12-24"),
        ("", "2026-12-24"),
    ],
)
def test_a_day_is_written_as_the_language_does(locale: str | None, text: str) -> None:
    assert day_text("2026-12-24", locale) == text


@pytest.mark.parametrize("day", ["", "soon", "2026-13-24"])
def test_what_is_no_day_gives_nothing(day: str) -> None:
    assert day_text(day, "en") == ""
