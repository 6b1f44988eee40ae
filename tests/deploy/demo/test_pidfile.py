"""One run at a time in a folder, found and ended by its file."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.errors import DemoError
from deploy.demo.pidfile import PidFile

SLEEPER = "import time; print('deploy.demo', flush=True); time.sleep(60)"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that says it runs in the folder."""
    process = subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    (tmp_path / "run.pid").write_text(f"{process.pid}\n")
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_it_names_the_process_while_entered(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with PidFile(folder):
        assert (folder / "run.pid").exists()
    assert not (folder / "run.pid").exists()


def test_a_second_run_in_the_folder_is_refused(
    tmp_path: Path, other: subprocess.Popen[str]
) -> None:
    with pytest.raises(DemoError, match=f"process {other.pid}"), PidFile(tmp_path):
        pass
    assert (tmp_path / "run.pid").exists(), "it is still the other's"


def test_another_process_can_end_it(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    file = PidFile(tmp_path)
    assert file.running() == other.pid
    reaper = threading.Thread(target=other.wait)  # init's work, for a child of ours
    reaper.start()
    assert file.end(timeout_seconds=10.0) is True
    reaper.join()
    assert other.returncode == -signal.SIGTERM


@pytest.mark.parametrize("content", ["", "not a number", "1", "4194305"])
def test_a_file_that_names_nobody_of_ours_is_in_nobodys_way(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.pid").write_text(content)
    assert PidFile(tmp_path).running() is None
    assert PidFile(tmp_path).end(timeout_seconds=1.0) is None
    with PidFile(tmp_path):
        pass
