"""Free TCP ports that stay ours across a restart.

Below the kernel's range for outgoing connections (32768 up on Linux): inside it, a client that
retries while a server is down can be given the server's own port and connect to itself, and the
restarted server then finds its port taken.
"""

import os
import random
import socket

LOWEST = 20_000
HIGHEST = 32_000
CLUSTER_BUS = 10_000
"""So far above its port a node of a Redis Cluster listens as well."""
_ATTEMPTS = 200
_given: set[int] = set()


def free_port(host: str = "127.0.0.1", *, above: int = 0) -> int:
    """Return a TCP port on which nothing listens now, and that was not returned before.

    Args:
        above: The port so far above it is as free, and goes with it; 0 for none.

    Raises:
        OSError: No port of the range was free in 200 attempts.
    """
    source = random.Random(os.urandom(8))
    for _ in range(_ATTEMPTS):
        port = source.randrange(LOWEST, HIGHEST - above)
        wanted = {port, port + above}
        # Whoever was given one may not listen yet.
        if not wanted & _given and all(_is_free(host, each) for each in wanted):
            _given.update(wanted)
            return port
    raise OSError(f"no free TCP port between {LOWEST} and {HIGHEST - above} on {host}")


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
