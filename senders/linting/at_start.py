"""The rules at a sender's start: what breaks one isn't sent, and all of it is told at once."""

from runtime.settings import FLOWS_FILE, Read
from senders.errors import BadTemplatesError
from senders.linting.lint import lint
from senders.linting.rule import Finding
from senders.mail.message_kinds import read_flows
from senders.mail.rendering import FOLDER, Templates

REFUSE = "refuse"


class MessageCheck:
    """A check for `runtime.start.checked_settings`, which keeps what it only warns of.

    Attributes:
        warned: Findings that keep no sender from starting.
    """

    def __init__(self) -> None:
        self.warned: list[Finding] = []

    def __call__(self, read: Read) -> list[str]:
        """Give a line for each thing that a message of the programme does and must not."""
        settings = read.settings
        folder = settings.programme_dir / FOLDER
        if not read.sound("programme_dir"):
            return []
        try:
            templates = Templates(folder)
        except BadTemplatesError:
            return []  # the check of templates says so
        found = lint(templates, folder, read_flows(settings.programme_dir / FLOWS_FILE))
        refuses = settings.sender.lint_messages == REFUSE
        errors = [finding for finding in found if refuses and finding.severity == "error"]
        self.warned = [finding for finding in found if finding not in errors]
        return [f"{folder}: {finding.line()}" for finding in errors]
