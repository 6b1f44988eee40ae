"""What can go wrong with the demo itself."""

from pathlib import Path

from schemas.errors import StopError


class DemoError(StopError):
    """The demo can't go on; the message says why."""


class RoleDiedError(DemoError):
    """A role ended by itself. The demo restarts nothing: it shows what happened.

    Attributes:
        role: Which one.
        log_path: Its log.
    """

    def __init__(self, role: str, log_path: Path, last_lines: str) -> None:
        super().__init__(
            f"{role} ended by itself; its log is {log_path} and ends with:\n{last_lines}"
        )
        self.role = role
        self.log_path = log_path


class StalledError(DemoError):
    """The pipeline made no progress for too long.

    Attributes:
        waiting_for: What had not happened.
    """

    def __init__(self, waiting_for: str, seconds: float) -> None:
        super().__init__(
            f"nothing moved for {seconds:.0f} s while waiting for {waiting_for}. "
            "Look into the roles' logs under var/demo/logs."
        )
        self.waiting_for = waiting_for
