"""Times as logs write them."""

from datetime import UTC, datetime
from math import isfinite


def seconds(name: str, text: str) -> float:
    """Read a time: ISO 8601 (UTC where it names no zone), or epoch seconds or milliseconds.

    Seconds and milliseconds are not told apart: one log holds one of them.

    Args:
        name: Of its column, for the message.

    Raises:
        ValueError: It is none.
    """
    try:
        number = float(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{name} is {text[:40]!r}, not a time") from None
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    if not isfinite(number):
        raise ValueError(f"{name} is {text[:40]!r}, not a time")
    return number
