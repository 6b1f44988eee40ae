"""Ctrl-C is noted the first time and interrupts the second, with real signals."""

import signal
from collections.abc import Iterator

import pytest

from nextbest.interrupts import Interrupt, asked_for


@pytest.fixture(autouse=True)
def _heard() -> Iterator[None]:
    """Ctrl-C as a terminal has it: where the tests run in a script's background, it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def wished(interrupt: Interrupt) -> bool:
    return interrupt.wished


def test_the_first_is_noted_and_the_second_interrupts() -> None:
    with asked_for() as interrupt:
        assert not wished(interrupt)
        signal.raise_signal(signal.SIGINT)
        assert wished(interrupt)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_afterwards_it_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with asked_for():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
