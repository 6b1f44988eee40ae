"""SIGTERM and SIGINT as an event, for the roles that have a loop of their own."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """Give an event that the first SIGTERM or SIGINT sets; a second one ends the process at once.

    Must be entered inside a running event loop.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def begin() -> None:
        stop.set()
        for number in SIGNALS:
            # Whoever asks twice doesn't want to wait for the drain.
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in SIGNALS:
        loop.add_signal_handler(number, begin)
    try:
        yield stop
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
