"""Postfix's `smtp-sink`: an SMTP server that throws away what it takes, for measuring senders.

Debian has it in the package postfix, whose installation would start a mail server and take port 25.
So the package is unpacked into the cache instead, and nothing of it installed.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.servers.errors import MissingPackageError
from deploy.servers.kafka_artifacts import cache_root
from deploy.servers.process import ServerProcess

PROGRAM, PACKAGE = "smtp-sink", "postfix"
_BACKLOG = "256"
_TIMEOUT_SECONDS = 300
_GREETING = b"220"


class SmtpSink(ServerProcess):
    """Takes any mail for anybody and forgets it.

    Args:
        data_dir: Where its log lives.
        options: Further ones of its own, `-w 5` for instance.
        port: A fixed port, or a free one.
    """

    name = "smtp-sink"

    def __init__(
        self, data_dir: Path, options: Sequence[str] = (), *, port: int | None = None
    ) -> None:
        super().__init__(data_dir, port=port)
        self._options = tuple(options)

    def prepare(self) -> None:
        """Have the program, and with it its libraries."""
        _program()

    def command(self) -> Sequence[str]:
        """Where we are root it must be told whom to run as, and stays root.

        By becoming nobody it would lose its tie to who started it (prctl(2)), and outlive that.
        """
        user = ["-u", "root"] if os.geteuid() == 0 else []
        return [str(_program()), *user, *self._options, self.address, _BACKLOG]

    def environment(self) -> Mapping[str, str]:
        """Name the libraries that were unpacked with it."""
        libraries = _unpacked() / "usr" / "lib" / "postfix"
        return {"LD_LIBRARY_PATH": str(libraries)} if libraries.exists() else {}

    def answers(self) -> bool:
        """Its greeting."""
        try:
            with socket.create_connection((self.host, self.port), timeout=1.0) as connection:
                return connection.recv(64).startswith(_GREETING)
        except OSError:
            return False


def _unpacked() -> Path:
    return cache_root() / PACKAGE


def _program() -> Path:
    """The program: the machine's own, or unpacked on the first call.

    Raises:
        MissingPackageError: It can't be had from here.
    """
    found = shutil.which(PROGRAM, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is not None:
        return Path(found)
    program = _unpacked() / "usr" / "sbin" / PROGRAM
    _unpacked().parent.mkdir(parents=True, exist_ok=True)
    with (_unpacked().parent / f"{PACKAGE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _unpack()
    return program


def _unpack() -> None:
    with tempfile.TemporaryDirectory(dir=_unpacked().parent) as folder:
        whole = Path(folder) / "whole"
        _run(["apt-get", "download", "-q", PACKAGE], folder)
        archives = list(Path(folder).glob(f"{PACKAGE}_*.deb"))
        if not archives:
            raise MissingPackageError(PROGRAM, PACKAGE, "apt-get downloaded nothing")
        _run(["dpkg-deb", "-x", str(archives[0]), str(whole)], folder)
        whole.replace(_unpacked())


def _run(command: list[str], folder: str) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False,
            timeout=_TIMEOUT_SECONDS,
        )  # fmt: skip
    except OSError as error:
        raise MissingPackageError(PROGRAM, PACKAGE, f"no {command[0]}") from error
    if done.returncode != 0:
        raise MissingPackageError(PROGRAM, PACKAGE, done.stderr.strip()[-300:])
