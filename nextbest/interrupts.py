"""Ctrl-C as a wish that a command asks for at its own moments.

Python raises `KeyboardInterrupt` between any two instructions, delivery callbacks that librdkafka
calls included: there it comes out as a `SystemError`, or leaves a count half done
(https://github.com/confluentinc/confluent-kafka-python/issues/1708).
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

EXIT_INTERRUPTED: Final = 130
"""The exit status of a command that Ctrl-C ended, as shells give it: 128 and the signal."""

_SAID: Final = b"\nending; Ctrl-C once more ends at once\n"


class Interrupt:
    """Whether somebody pressed Ctrl-C; the second time it interrupts at once.

    Attributes:
        wished: It was pressed.
    """

    def __init__(self) -> None:
        self.wished = False

    def note(self, number: int, frame: FrameType | None) -> None:
        """Take the signal; a handler for `signal.signal`."""
        del frame
        self.wished = True
        signal.signal(number, signal.default_int_handler)
        os.write(2, _SAID)


@contextmanager
def asked_for() -> Iterator[Interrupt]:
    """Within it, the first Ctrl-C raises nothing; where it is ignored, it stays so.

    Raises:
        ValueError: Not in the main thread.
    """
    interrupt = Interrupt()
    before = signal.getsignal(signal.SIGINT)
    if before != signal.SIG_IGN:  # as of a script's background job
        signal.signal(signal.SIGINT, interrupt.note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
