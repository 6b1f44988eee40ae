"""What a process that sends is told when sending is measured."""

from pathlib import Path
from typing import Any

import msgspec

from runtime.settings import Settings, load_settings


class SendingTask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One measured run of one way to send.

    Attributes:
        group: Names the run.
        settings: The role's, by name; see `runtime.settings.load_settings`.
        warm: Mails sent before the measured stretch begins.
        mails: Mails that are measured.
        bytes_path: Mails as they stand on the wire, for the bare loop: JSON, a list of bytes.
    """

    group: str
    settings: dict[str, Any]
    warm: int
    mails: int
    bytes_path: str

    def loaded(self) -> Settings:
        """The settings, read and checked."""
        return load_settings(**self.settings)

    def write(self, path: Path) -> None:
        """Write it where the process will read it."""
        path.write_bytes(msgspec.json.encode(self))

    @staticmethod
    def read(path: Path) -> "SendingTask":
        """Read what `write` wrote."""
        return msgspec.json.decode(path.read_bytes(), type=SendingTask)
