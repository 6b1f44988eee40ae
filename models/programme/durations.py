"""Lengths of time and times of day as marketers write them."""

import re

_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_DURATION = re.compile(r"(\d{1,6}) ?([smhdw])")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def duration_ms(text: object) -> int:
    """Milliseconds in `30m`, `1h`, `7d`, `2w`, `45s` or 0.

    Raises:
        ValueError: It is none of these.
    """
    if text == 0 and not isinstance(text, bool):
        return 0
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no duration; write for instance 30m, 1h, 7d or 0")
    return int(match[1]) * _UNITS_MS[match[2]]


def minute_of_day(text: object) -> int:
    """Minutes since midnight in `"21:30"`, 0 to 1439.

    Raises:
        ValueError: It is no time of day. YAML reads an unquoted 21:30 as a number, so quote it.
    """
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f'{text!r} is no time of day; write it in quotes, for instance "21:30"')
    return int(match[1]) * 60 + int(match[2])
