"""Shutdown: the first signal asks for an end, the second one enforces it."""

import asyncio
import os
import signal
import sys

from runtime.shutdown import stop_on_signals


async def test_a_signal_sets_the_event() -> None:
    with stop_on_signals() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(stop.wait(), 5)
        # The next one would end the process: put that off for the test's own sake.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


async def test_the_second_signal_ends_a_process_that_does_not_drain() -> None:
    program = (
        "import asyncio\n"
        "from runtime.shutdown import stop_on_signals\n"
        "async def main():\n"
        "    with stop_on_signals() as stop:\n"
        "        print('up', flush=True)\n"
        "        await stop.wait()\n"
        "        print('draining', flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    assert await asyncio.wait_for(child.stdout.readline(), 20) == b"up\n"
    child.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(child.stdout.readline(), 20) == b"draining\n"
    child.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(child.wait(), 20) == -signal.SIGTERM
