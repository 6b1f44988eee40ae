"""What is missing is named with its package and the command; nothing is installed by surprise."""

import os
import subprocess
from pathlib import Path

import pytest

from deploy.servers import kafka_artifacts, packages, ports
from deploy.servers.errors import MissingPackageError
from deploy.servers.ports import CLUSTER_BUS, HIGHEST, LOWEST, free_port


def test_a_missing_program_is_asked_for_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(MissingPackageError, match="apt-get install -y redis-server") as missing:
        packages.require("redis-server", "redis-server")
    assert missing.value.package == "redis-server"


def test_a_program_that_is_there_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert packages.require("redis-server", "redis-server") == str(program)


def test_a_java_that_is_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "java"
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(MissingPackageError, match=r"Java 17 is missing.*11\.0\.2"):
        kafka_artifacts.java()


def test_a_failed_resolution_leaves_no_half_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho 'could not resolve'\nexit 1\n")
    maven.chmod(0o755)
    cache = tmp_path / "cache"
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setattr(kafka_artifacts, "java", lambda: "java")
    with pytest.raises(MissingPackageError, match="could not resolve"):
        kafka_artifacts.kafka_jars()
    assert [path.name for path in (cache / "nextbest").iterdir()] == ["kafka.lock"]


def test_ports_are_free_and_out_of_the_way_of_outgoing_connections() -> None:
    port = free_port()
    assert LOWEST <= port < HIGHEST
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as setting:  # noqa: PTH123
        assert int(setting.read().split()[0]) > HIGHEST


def test_no_port_is_given_twice() -> None:
    given = {free_port() for _ in range(300)}
    assert len(given) == 300
    for _ in range(10):
        port = free_port(above=CLUSTER_BUS)
        assert port + CLUSTER_BUS < HIGHEST
        assert not given & {port, port + CLUSTER_BUS}
        given |= {port, port + CLUSTER_BUS}


def test_what_goes_with_a_port_is_free_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = set(range(LOWEST + CLUSTER_BUS, HIGHEST, 2))
    monkeypatch.setattr(ports, "_given", taken)
    assert all(free_port(above=CLUSTER_BUS) % 2 for _ in range(10))
    assert free_port(above=CLUSTER_BUS) + CLUSTER_BUS in taken


def test_the_make_targets_are_those_that_help_lists() -> None:
    root = Path(__file__).parents[2]
    listed = subprocess.run(["make", "help"], cwd=root, capture_output=True, text=True, check=True)
    for target in ("setup", "demo", "up", "down", "test", "test-fast", "lint", "types", "bench"):
        assert f"\n  {target} " in listed.stdout
