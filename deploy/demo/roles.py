"""The roles as real processes, started by the command line with settings in the environment."""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.servers.process import ServerProcess

_ANSWER_SECONDS = 1.0
ROOT = Path(__file__).parents[2]


class RoleProcess(ServerProcess):
    """One role of nextbest. `start` returns at once; `ready` says whether it can do its work.

    Args:
        role: The subcommand.
        number: Tells several of a role apart.
        data_dir: Where its log goes.
        variables: Its settings.

    """

    stop_timeout_seconds = 10.0

    def __init__(
        self,
        role: str,
        number: int,
        data_dir: Path,
        variables: Mapping[str, str],
    ) -> None:
        self.role = role
        self.name = role if number == 0 else f"{role}-{number + 1}"
        super().__init__(data_dir)
        self._variables = variables

    def command(self) -> Sequence[str]:
        """Run the command line of this very installation."""
        return [sys.executable, "-m", "nextbest.cli", self.role]

    def environment(self) -> Mapping[str, str]:
        """Give the settings, and the port of its health server."""
        return {
            **self._variables,
            "NEXTBEST_METRICS__PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }

    def answers(self) -> bool:
        """See `ready`."""
        return self.ready()

    def _wait_until_it_answers(self, child: subprocess.Popen[bytes]) -> None:
        """Don't: roles start side by side, since joining a consumer group takes seconds."""

    def ask_to_stop(self) -> None:
        """Send SIGTERM and don't wait: `stop` does."""
        if self._child is not None and self.running:
            self._child.terminate()

    def ready(self) -> bool:
        """Ask /readyz."""
        url = f"http://{self.address}/readyz"
        try:
            with urllib.request.urlopen(url, timeout=_ANSWER_SECONDS) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False
