"""A day as people write it in the language of their locale."""

from datetime import date
from typing import Final

_MONTHS: Final = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre "
    "dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
_PATTERNS: Final = {"de": "{day}. {month} {year}", "es": "{day} de {month} de {year}"}
_PLAIN: Final = "{day} {month} {year}"


def day_text(day: str, locale: str | None) -> str:
    """A day to show: `24 December 2026`.

    Args:
        day: ISO 8601, `2026-12-24`; what is none gives nothing.
        locale: BCP 47 language tag; the day stays as it is for a language not known here.
    """
    if not day:
        return ""
    try:
        parsed = date.fromisoformat(day)
    except ValueError:
        return ""
    language = (locale or "").replace("_", "-").partition("-")[0].lower()
    if language not in _MONTHS:
        return parsed.isoformat()
    month = _MONTHS[language].split()[parsed.month - 1]
    return _PATTERNS.get(language, _PLAIN).format(day=parsed.day, month=month, year=parsed.year)
