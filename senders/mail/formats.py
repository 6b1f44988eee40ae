"""Prices, numbers and days as people write them in their locale, and in their time zone.

The languages that a European shop meets, after Unicode CLDR; whatever else is written as in
English, where nobody takes one for the other. Templates keep their own language: only what is
filled in follows the person.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from senders.plain import clean

_NARROW: Final = "\u202f"
_BLANK: Final = "\u00a0"
"""No-break: a price never breaks across lines."""
_SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
_WHOLE: Final = frozenset({"JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF", "XPF", "PYG", "UGX"})
"""Currencies without a minor unit (ISO 4217)."""
_THOUSANDTHS: Final = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


@dataclass(frozen=True, slots=True)
class _Style:
    point: str = "."
    group: str = ","
    after: bool = False
    """Whether the currency stands behind the number."""
    apart: bool = False
    """Whether a symbol before the number stands apart from it."""
    from_five: bool = False
    """Whether numbers of four digits go without a separator."""


_ENGLISH: Final = _Style()
_STYLES: Final = {
    "en": _ENGLISH,
    "de": _Style(",", ".", after=True),
    "de-at": _Style(",", ".", apart=True),
    "de-ch": _Style(".", "\u2019", apart=True),
    "de-li": _Style(".", "\u2019", apart=True),
    "fr": _Style(",", _NARROW, after=True),
    "fr-ch": _Style(",", _NARROW, after=True),
    "es": _Style(",", ".", after=True, from_five=True),
    "it": _Style(",", ".", after=True),
    "it-ch": _Style(".", "\u2019", apart=True),
    "nl": _Style(",", ".", apart=True),
    "pt": _Style(",", ".", apart=True),
    "pt-pt": _Style(",", _BLANK, after=True, from_five=True),
    "da": _Style(",", ".", after=True),
    "sv": _Style(",", _BLANK, after=True),
    "nb": _Style(",", _BLANK, after=True),
    "fi": _Style(",", _BLANK, after=True),
    "pl": _Style(",", _BLANK, after=True, from_five=True),
    "cs": _Style(",", _BLANK, after=True),
}


@lru_cache(maxsize=512)
def _style(locale: str | None) -> _Style:
    tag = (locale or "").replace("_", "-").lower().split("-")
    region = next((part for part in tag[1:] if len(part) == 2), "")
    return _STYLES.get(f"{tag[0]}-{region}") or _STYLES.get(tag[0], _ENGLISH)


def number_text(number: float, locale: str | None, digits: int = 0) -> str:
    """A number to show, with so many decimals: `1,234.5`, in German `1.234,5`."""
    style = _style(locale)
    whole, _, decimals = f"{number:,.{digits}f}".partition(".")
    if style.from_five and len(whole.lstrip("-")) == len("1,234"):
        whole = whole.replace(",", "")
    whole = whole.replace(",", style.group)
    return f"{whole}{style.point}{decimals}" if decimals else whole


def price_text(price: float, currency: str, locale: str | None = None) -> str:
    """A price to show: `€1,234.50`, in German `1.234,50 €`.

    Args:
        price: In the currency's major unit.
        currency: ISO 4217; the code itself stands where it has no symbol here.
        locale: BCP 47 language tag; as in English for a language not known here.
    """
    code = clean(currency, 3)
    digits = 0 if code in _WHOLE else 3 if code in _THOUSANDTHS else 2
    style, symbol = _style(locale), _SYMBOLS.get(code)
    number = number_text(price, locale, digits)
    if style.after:
        return f"{number}{_BLANK}{symbol or code}"
    if symbol is None:
        return f"{code}{_BLANK}{number}"
    return f"{symbol}{_BLANK if style.apart else ''}{number}"


@lru_cache(maxsize=1024)
def zone(name: str | None) -> tzinfo:
    """The time zone of an IANA name; UTC where there is none such."""
    try:
        return ZoneInfo(name) if name and name.isascii() and len(name) <= 64 else UTC
    except (KeyError, ValueError, OSError):  # unknown, malformed or a directory of the database
        return UTC


def last_day(end_ms: int, time_zone: str | None) -> str:
    """The last day, by a zone's calendar, of what ends then: ISO 8601, or empty for no such time.

    Args:
        end_ms: The first instant at which it holds no more, epoch milliseconds.
        time_zone: IANA name; UTC where there is none such.
    """
    try:
        return datetime.fromtimestamp((end_ms - 1) / 1000, zone(time_zone)).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return ""
