"""Starting a role: all that is wrong is told at once, before anything is connected to."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from nextbest.cli import EXIT_STOP

AWAY = {
    "NEXTBEST_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "NEXTBEST_REDIS__STATE_URL": "redis://127.0.0.1:1/0",
    "NEXTBEST_REDIS__LEDGER_URL": "redis://127.0.0.1:1/0",
    "SCHEMA_REGISTRY_URL": "http://127.0.0.1:1",
}
"""Nothing answers: whoever connects ends with another status, and with other words."""


def refused(folder: Path, role: str, **environment: str) -> str:
    """Start a role that must refuse; return what it says."""
    inherited = {n: v for n, v in os.environ.items() if not n.startswith("NEXTBEST_")}
    given = {"NEXTBEST_DATA_DIR": str(folder / "data"), **AWAY, **environment}
    result = subprocess.run(
        [sys.executable, "-m", "nextbest.cli", role],
        env=inherited | given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == EXIT_STOP, result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr


def told_by(folder: Path, role: str, **environment: str) -> list[str]:
    """Start a role that must refuse; return the lines that say what is wrong."""
    said = refused(folder, role, **environment)
    return [line for line in said.splitlines() if line.startswith("  - ")]


def programme(folder: Path) -> Path:
    """A folder with flows and templates that are wrong."""
    templates = folder / "programme" / "templates"
    templates.mkdir(parents=True)
    (templates / "welcome.txt.j2").write_text("{% block subject %}")
    (folder / "programme" / "flows.yaml").write_text("version: true\nflows: {}\n")
    return folder / "programme"


def test_a_worker_tells_of_settings_programme_and_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = programme(tmp_path)
    told = told_by(
        tmp_path,
        "worker",
        NEXTBEST_CLOCK="sundial",
        NEXTBEST_KAFKA__HEARTBEAT_SECONDS="9",
        NEXTBEST_KAFKA__PRODUCER_OVERRIDES='{"no.such.property": 1}',
        NEXTBEST_DATA_DIR=str(tmp_path / "file" / "data"),
        NEXTBEST_PROGRAMME_DIR=str(path),
    )
    assert [line[4:].partition(" ")[0] for line in told] == [
        "NEXTBEST_CLOCK",
        "NEXTBEST_KAFKA__HEARTBEAT_SECONDS",
        "NEXTBEST_KAFKA__PRODUCER_OVERRIDES:",
        "NEXTBEST_DATA_DIR",
        f"{path}/flows.yaml:",
        f"{path}/flows.yaml:",
    ]


def test_a_sender_tells_of_settings_identity_and_templates(tmp_path: Path) -> None:
    path = programme(tmp_path)
    told = told_by(
        tmp_path,
        "sender",
        NEXTBEST_SENDER__FROM_ADDRESS="nobody",
        NEXTBEST_SENDER__SMTP_USERNAME="shop",
        NEXTBEST_PROGRAMME_DIR=str(path),
    )
    assert [line[4:].partition(" ")[0] for line in told] == [
        "NEXTBEST_SENDER__FROM_ADDRESS",  # wrong, and not also said to be missing
        "NEXTBEST_SENDER__SMTP_USERNAME",
        "NEXTBEST_SENDER__POSTAL_ADDRESS",
        "NEXTBEST_SENDER__PUBLIC_URL",
        "NEXTBEST_SENDER__LINK_SECRET",
        f"{path}/templates:",
    ]


def test_web_needs_an_identity_too(tmp_path: Path) -> None:
    told = told_by(tmp_path, "web", NEXTBEST_WEB__PORT="-1")
    assert len(told) == 5


@pytest.mark.parametrize("content", [None, b"version: 1 # \xff"])
def test_a_programme_that_cannot_be_read_is_told_with_the_rest(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "flows.yaml").write_bytes(content)
    told = told_by(tmp_path, "worker", NEXTBEST_PROGRAMME_DIR=str(tmp_path), NEXTBEST_CLOCK="x")
    assert len(told) == 2
    assert "the programme can't be read" in told[1]


@pytest.mark.parametrize("role", ["worker", "trainer"])
def test_a_learner_that_is_none_is_told_with_the_rest(tmp_path: Path, role: str) -> None:
    told = told_by(tmp_path, role, NEXTBEST_DECISION__BELIEF="no.such:One", NEXTBEST_CLOCK="x")
    assert len(told) == 2
    assert "NEXTBEST_DECISION__BELIEF = no.such:One: not importable" in told[1]


def test_a_wrong_programme_dir_is_not_read_from_elsewhere(tmp_path: Path) -> None:
    """With a default in its place, the bundled programme would be judged."""
    (tmp_path / "file").touch()
    told = told_by(tmp_path, "worker", NEXTBEST_PROGRAMME_DIR=str(tmp_path / "file"))
    assert len(told) == 1
    assert "NEXTBEST_PROGRAMME_DIR" in told[0]


def test_a_taken_port_stops_a_role_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for role in ("intake", "trainer"):
            said = refused(tmp_path, role, NEXTBEST_METRICS__PORT=port)
            assert f"NEXTBEST_METRICS__PORT = {port} can't be listened on" in said
