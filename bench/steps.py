"""What each step of a process costs: CPU time of one thread, told apart by functions.

Time within a step that another step takes is the other's. What no step takes, the event loop's own
work for one, is `rest`. Looking costs something itself, so runs with it are none to compare.
"""

import functools
import inspect
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from typing import Any

_now = time.thread_time


class Steps:
    """Charges CPU time to steps while it is on."""

    def __init__(self) -> None:
        self._on = False
        self._seconds: dict[str, float] = defaultdict(float)
        self._stack: list[str] = []
        self._since = 0.0

    def start(self) -> None:
        """Begin to charge."""
        self._on, self._stack, self._since = True, [], _now()

    def stop(self) -> dict[str, float]:
        """End, and give the seconds of each step."""
        self._charge()
        self._on = False
        return dict(self._seconds)

    def watch(self, owner: Any, name: str, step: str) -> None:
        """Charge a function or a method to a step; one that is awaited, by what it runs itself."""
        inner = getattr(owner, name)
        setattr(owner, name, functools.wraps(inner)(self._watching(inner, step)))

    def _watching(self, inner: Callable[..., Any], step: str) -> Callable[..., Any]:
        if not inspect.iscoroutinefunction(inner):
            return lambda *given, **options: self._run(step, lambda: inner(*given, **options))

        async def watched(*given: Any, **options: Any) -> Any:
            return await _Watched(inner(*given, **options), self, step)

        return watched

    def _run(self, step: str, action: Callable[[], Any]) -> Any:
        self._charge()
        self._stack.append(step)
        try:
            return action()
        finally:
            self._charge()
            if self._stack:
                self._stack.pop()

    def _charge(self) -> None:
        if self._on:
            now = _now()
            self._seconds[self._stack[-1] if self._stack else "rest"] += now - self._since
            self._since = now


class _Watched:
    """An awaitable of which each stretch that runs is charged."""

    def __init__(self, inner: Any, steps: Steps, step: str) -> None:
        self._inner, self._steps, self._step = inner, steps, step

    def __await__(self) -> Generator[Any, Any, Any]:
        running = self._inner.__await__()
        send: Callable[[], Any] = lambda: running.send(None)  # noqa: E731
        while True:
            try:
                waits_for = self._steps._run(self._step, send)  # noqa: SLF001
            except StopIteration as ended:
                return ended.value
            try:
                given = yield waits_for
            except BaseException as error:  # noqa: BLE001  handed in, as to the coroutine itself
                send = functools.partial(running.throw, error)
            else:
                send = functools.partial(running.send, given)
