"""What of the containers can be checked without an engine: roles, settings, files, versions."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from deploy.servers.kafka_artifacts import kafka_version
from nextbest.cli import app
from runtime.settings import load_settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
ROLES = {"intake", "worker", "trainer", "sender", "web", "inbound"}


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """Return the services of compose.yaml."""
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = composed["services"]
    return found


def test_every_role_has_a_service_of_its_own(services: dict[str, dict[str, Any]]) -> None:
    for role in ROLES:
        assert services[role]["command"] == [role]
        assert services[role]["build"]["dockerfile"] == "deploy/Dockerfile"


def test_every_command_is_one_of_the_command_line(services: dict[str, dict[str, Any]]) -> None:
    known = getattr(get_command(app), "commands")  # noqa: B009  (not in typer's types)
    for name, service in services.items():
        if service["image"].startswith("nextbest:"):
            assert service["command"][0] in known, name


def test_every_service_is_watched(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["healthcheck"].get("test") or name == "topics", name
    for role in ROLES:
        assert "/livez" in " ".join(services[role]["healthcheck"]["test"])


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_settings_of_each_role_are_accepted(
    services: dict[str, dict[str, Any]], role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in services[role]["environment"].items():
        assert isinstance(value, str), f"{name} must be quoted: compose wants strings"
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:-(.*)\}", r"\1", value))
    settings = load_settings()
    assert settings.kafka.bootstrap_servers == "kafka:9092"
    if role in ("sender", "web"):
        assert settings.sender.missing_identity() == []


def test_every_dependency_and_mounted_file_exists(services: dict[str, dict[str, Any]]) -> None:
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (
                (DEPLOY / source).is_file() if source[0] == "." else source in composed["volumes"]
            )


def test_kafka_is_the_release_that_the_tests_run_on(services: dict[str, dict[str, Any]]) -> None:
    assert services["kafka"]["image"] == f"apache/kafka:{kafka_version()}"


def test_the_image_has_every_package_and_no_root() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    build = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.search(r"\[tool\.hatch\.build\.targets\.wheel\]\npackages = \[(.*)\]", build)
    assert packages is not None
    for package in re.findall(r'"(\w+)"', packages.group(1)):
        assert f"COPY {package} {package}\n" in dockerfile
        assert f"!{package}\n" in (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    assert re.search(r"^USER (?!root)", dockerfile, re.MULTILINE)
