"""Apache Kafka's jars from Maven Central, kept in a cache outside the tree.

`deploy/kafka/pom.xml` is the only place that names the release; a changed pom is another cache
directory, so an old one is never mixed into a new broker.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.servers.errors import MissingPackageError
from deploy.servers.packages import require

POM = Path(__file__).parents[1] / "kafka" / "pom.xml"
OLDEST_JAVA = 17
JAVA_PACKAGE = "openjdk-17-jre-headless"
_RESOLVE_TIMEOUT_SECONDS = 600


def cache_root() -> Path:
    """Return where artifacts are kept: `$XDG_CACHE_HOME/nextbest` or `~/.cache/nextbest`."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(configured) if configured else Path.home() / ".cache") / "nextbest"


def kafka_version(pom: Path = POM) -> str:
    """Return the release that the pom names."""
    found = re.search(r"<kafka\.version>([^<]+)</kafka\.version>", pom.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{pom} names no kafka.version")
    return found.group(1)


def java() -> str:
    """Return a Java of at least 17 (Kafka 4's brokers run on nothing older).

    Raises:
        MissingPackageError: There is none and it could not be installed.
    """
    program = require("java", JAVA_PACKAGE)
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found.group(1)) < OLDEST_JAVA:
        raise MissingPackageError(
            f"Java {OLDEST_JAVA}", JAVA_PACKAGE, f"{program} is {said.splitlines()[:1]}"
        )
    return program


def kafka_jars() -> Path:
    """Return a directory with all of the broker's jars, resolving them on the first call.

    Safe to call from several processes at once: one resolves, the others wait.

    Raises:
        MissingPackageError: Java or Maven is neither there nor installable, or Maven failed.
    """
    fingerprint = hashlib.sha256(POM.read_bytes()).hexdigest()[:8]
    target = cache_root() / f"kafka-{kafka_version()}-{fingerprint}"
    if target.is_dir():
        return target
    java()
    maven = require("mvn", "maven")
    target.parent.mkdir(parents=True, exist_ok=True)
    with _locked(target.parent / "kafka.lock"):
        if not target.is_dir():
            _resolve(maven, target)
    return target


def _resolve(maven: str, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="kafka-resolving-") as scratch:
        jars = Path(scratch) / "jars"
        done = subprocess.run(
            [
                maven,
                "--batch-mode",
                "--quiet",
                f"--file={POM}",
                "dependency:copy-dependencies",
                f"-DoutputDirectory={jars}",
                "-DincludeScope=runtime",
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=_RESOLVE_TIMEOUT_SECONDS,
        )
        if done.returncode != 0 or not any(jars.glob("kafka_*.jar")):
            raise MissingPackageError(
                f"Apache Kafka {kafka_version()}", "maven", (done.stdout + done.stderr)[-2000:]
            )
        shutil.move(jars, target)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
