"""What can go wrong with a server we start: it isn't installed, or it doesn't come up."""

from pathlib import Path

from schemas.errors import StopError


class MissingPackageError(StopError):
    """A program that a server needs is not installed and can't be installed from here.

    Attributes:
        program: What was looked for on the PATH.
        package: The Debian package that has it.
    """

    def __init__(self, program: str, package: str, detail: str = "") -> None:
        because = f" ({detail})" if detail else ""
        super().__init__(
            f"{program} is missing{because}: install it with "
            f"`sudo apt-get update && sudo apt-get install -y {package}`, "
            f"or your system's equivalent of Debian's {package}"
        )
        self.program = program
        self.package = package


class ServerStartError(StopError):
    """A server ended, or stayed silent, while we waited for its first answer.

    Attributes:
        name: Which server.
        log_path: Its output; the last lines are in the message too.
    """

    def __init__(self, name: str, why: str, log_path: Path, last_lines: str) -> None:
        super().__init__(f"{name} {why}; its log is {log_path} and ends with:\n{last_lines}")
        self.name = name
        self.log_path = log_path
