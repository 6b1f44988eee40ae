"""The folder for what a process keeps on disk."""

import os
from pathlib import Path

from schemas.errors import StopError


class DataFolderError(StopError):
    """The data folder can't be made or written to."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"NEXTBEST_DATA_DIR = '{folder}' can't be used: {why}. "
            "Name a folder that this process may make, or write to."
        )


def make_data_folder(folder: Path) -> None:
    """Make the data folder, with the folders above it, where it isn't there.

    Raises:
        DataFolderError: It can't be made or written to.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderError(folder, error.strerror or str(error)) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DataFolderError(folder, "it can't be written to")
