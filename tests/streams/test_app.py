"""Faust's app as the stream roles make it."""

from pathlib import Path

import pytest

from runtime.data_folder import DataFolderError
from runtime.settings import load_settings
from streams.app import create_app


async def test_the_data_folder_need_not_be_there(tmp_path: Path) -> None:
    """Faust makes only the last folder of a path when it starts, and fails without the others."""
    wanted = tmp_path / "not" / "there" / "yet"
    app = create_app(load_settings(data_dir=wanted), "intake", chunk_records=10)
    app._create_directories()
    assert (wanted / "faust").is_dir()


def test_a_topic_that_is_back_is_noticed_soon(tmp_path: Path) -> None:
    """A group that joined while a topic was away reads none of it until it looks again."""
    app = create_app(load_settings(data_dir=tmp_path), "intake", chunk_records=10)
    assert app.conf.consumer_metadata_max_age_ms <= 30_000


def test_a_data_folder_that_cannot_be_made_stops_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = load_settings(data_dir=tmp_path / "file" / "data")
    with pytest.raises(DataFolderError, match="data' can't be used: Not a directory"):
        create_app(settings, "intake", chunk_records=10)
