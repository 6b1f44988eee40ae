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
HIGHEST_OF_A_CLUSTER = HIGHEST - 10_000
"""For a node of a Redis Cluster, which listens 10,000 above as well."""
_ATTEMPTS = 200
_given: set[int] = set()


def free_port(host: str = "127.0.0.1", *, highest: int = HIGHEST) -> int:
    """Return a TCP port on which nothing listens now, and that was not returned before.

    Args:
        highest: It is below.

    Raises:
        OSError: No port of the range was free in 200 attempts.
    """
    source = random.Random(os.urandom(8))
    for _ in range(_ATTEMPTS):
        port = source.randrange(LOWEST, highest)
        if port in _given:  # whoever was given it may not listen yet
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            _given.add(port)
            return port
    raise OSError(f"no free TCP port between {LOWEST} and {highest} on {host}")
