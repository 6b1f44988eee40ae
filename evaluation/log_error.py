"""The error of a log that can't be used: its problems listed, no more than can be read."""

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
