"""The peers that are roles: the real one in this process, watched only from outside.

The measured stretch begins when the role says that it has its partitions. It ends with SIGUSR1,
which the benchmark sends once the work is seen done in Redis or Kafka; SIGTERM then drains it.

    python -m bench.peers.role worker|intake TASK
"""

import signal
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

from bench import start
from bench.meter import Meter, tell
from bench.task import Task
from runtime.logging import configure
from streams.role import run_role


def main(role: str, task: Task) -> None:
    """Run a role and tell what it took."""
    meter = Meter()

    def hear(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
        if event.get("event") == "partitions taken":
            meter.start()
        return event

    configure(role)
    structlog.configure(processors=[hear, *structlog.get_config()["processors"]])
    signal.signal(signal.SIGUSR1, lambda _number, _frame: meter.stop())
    run_role(role, start.settings(task))
    tell(meter.measured(task.events))


if __name__ == "__main__":
    main(sys.argv[1], Task.read(Path(sys.argv[2])))
