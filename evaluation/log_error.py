"""What is wrong with a log, its problems listed as far as can be read, or with a line of one."""

from pathlib import Path

from schemas.errors import StopError

SHOWN_PROBLEMS = 10
"""Problems that a message lists."""


class LogError(StopError):
    """A log can't be used.

    Args:
        path: Which.
        kind: What it should have been, in words.
        problems: What is wrong, each with its line.
        count: How many there are in all; as many as given if left out.

    Attributes:
        problems: As given; the first ten are in the message.
    """

    def __init__(
        self, path: Path, kind: str, problems: list[str], count: int | None = None
    ) -> None:
        self.problems = tuple(problems)
        shown = problems[:SHOWN_PROBLEMS]
        more = (len(problems) if count is None else count) - len(shown)
        if more > 0:
            shown.append(f"… and {more} more")
        listed = "\n".join(f"  - {problem}" for problem in shown)
        super().__init__(f"{path} is no {kind}:\n{listed}")


class BadLineError(ValueError):
    """A line that gives nothing.

    Attributes:
        reason: A short code; the message says it in words.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def check_lines(first: int, last: int) -> None:
    """Refuse a row of several lines: a quote left open would take in others unseen.

    Raises:
        BadLineError: It ends on another line than it began (`bad_line`).
    """
    if last > first:
        raise BadLineError("bad_line", f"a quote is open up to line {last}")


def check_text(text: str) -> None:
    """Refuse what was read of bytes that are no UTF-8.

    Raises:
        BadLineError: They aren't (`bad_text`).
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadLineError("bad_text", "not UTF-8") from None
