"""What must be right before a role connects to anything: all of it looked at, and told at once."""

from collections.abc import Callable, Iterable

from runtime.data_folder import DataFolderError, make_data_folder
from runtime.setting_errors import variable_name
from runtime.settings import Read, Settings, read_settings
from schemas.errors import StopError

Check = Callable[[Read], Iterable[str]]
"""Gives a line for everything wrong that can be seen with the settings read so far."""


class CannotStartError(StopError):
    """Settings, or what they lead to, are not as a role needs them; `problems` lists each."""

    def __init__(self, role: str, problems: list[str]) -> None:
        count = "one thing is" if len(problems) == 1 else f"{len(problems)} things are"
        lines = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(
            f"{role} can't start, {count} wrong:{lines}\n"
            "docs/settings.md and docs/programme.md say what is possible."
        )
        self.problems = problems


def checked_settings(role: str, *checks: Check) -> Settings:
    """Read all settings and see whether a role can start by them.

    Args:
        role: The role, or the command, for the message.
        checks: What it needs besides settings that are right in themselves.

    Raises:
        CannotStartError: Lists everything that is wrong.

    """
    read = read_settings()
    problems = [*read.problems, *(told for check in checks for told in check(read))]
    if problems:
        raise CannotStartError(role, problems)
    return read.settings


def identity_problems(read: Read) -> Iterable[str]:
    """Tell of each setting that is empty and without which no lawful mail can be written."""
    for name in read.settings.sender.missing_identity():
        if read.sound("sender", name):
            meaning = type(read.settings.sender).model_fields[name].description or ""
            yield f"{variable_name(('sender', name))} is not set. {' '.join(meaning.split())}"


def data_folder_problems(read: Read) -> Iterable[str]:
    """Tell of a data folder that can't be made or written to."""
    if read.sound("data_dir"):
        try:
            make_data_folder(read.settings.data_dir)
        except DataFolderError as error:
            yield str(error)
