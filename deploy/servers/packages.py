"""Programs that come as Debian packages: found, installed when we are root, or asked for."""

import os
import shutil
import subprocess

from deploy.servers.errors import MissingPackageError


def require(program: str, package: str) -> str:
    """Return the path of `program`, installing Debian's `package` first when it is missing.

    Installs only as root on a machine with apt; elsewhere nothing is changed.

    Raises:
        MissingPackageError: It is missing and could not be installed; says which package and how.
    """
    found = shutil.which(program)
    if found is not None:
        return found
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise MissingPackageError(program, package)
    _apt_install(program, package)
    found = shutil.which(program)
    if found is None:
        raise MissingPackageError(program, package, "installed, but not on the PATH")
    return found


def _apt_install(program: str, package: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--no-install-recommends", package],
    ):
        done = subprocess.run(
            step, env=environment, capture_output=True, text=True, check=False, timeout=600
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()[-500:]
            raise MissingPackageError(program, package, f"`{' '.join(step)}` failed: {said}")
