"""Answers of the DNS, kept for as long as they say within bounds, and asked for once at a time."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from senders.pace.dns import Answer, Ask, Status

LEAST_SECONDS = 60.0
"""An answer is kept at least so long, whatever it says: some domains say 0."""
MOST_SECONDS = 3_600.0
"""… and at most so long: a domain that moves is followed within the hour."""
MOST_NEGATIVE_SECONDS = 900.0
"""What isn't there may come: half-made domains are asked for again soon (RFC 2308, section 5)."""
FAILED_SECONDS = 30.0
"""A failure stands for so long, so that mail goes on by what is known and isn't held up anew."""
STALE_SECONDS = 86_400.0
"""An answer this much past its time serves while the DNS fails (RFC 8767)."""
ENTRIES = 50_000


def kept_seconds(answer: Answer) -> float:
    """How long an answer is kept."""
    if answer.status is Status.FAILED:
        return FAILED_SECONDS
    most = MOST_SECONDS if answer.status is Status.FOUND else MOST_NEGATIVE_SECONDS
    return min(max(answer.ttl_seconds, LEAST_SECONDS), most)


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Answer
    until: float
    true_until: float


class DnsCache:
    """A cache in front of one kind of question.

    Args:
        ask: Asks the DNS.
        monotonic: The time, seconds.
        entries: Most names kept; those unused for longest go first.
    """

    def __init__(self, ask: Ask, monotonic: Callable[[], float], entries: int = ENTRIES) -> None:
        self._ask = ask
        self._monotonic = monotonic
        self._entries = entries
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Answer]] = {}

    def known(self, name: str) -> Answer | None:
        """The answer, if it is kept and not too old."""
        kept = self._kept.get(name)
        if kept is None or kept.until <= self._monotonic():
            return None
        self._kept.move_to_end(name)
        return kept.answer

    async def get(self, name: str) -> Answer:
        """The answer; asked for where it isn't known, by one for all who wait for it."""
        known = self.known(name)
        if known is not None:
            return known
        task = self._asking.get(name)
        if task is None:
            task = self._asking[name] = asyncio.create_task(self._renew(name))
            task.add_done_callback(lambda _task: self._asking.pop(name, None))
        # One that is cancelled while it waits takes nobody's answer along.
        return await asyncio.shield(task)

    async def _renew(self, name: str) -> Answer:
        answer = await self._ask(name)
        now = self._monotonic()
        until = true_until = now + kept_seconds(answer)
        before = self._kept.get(name)
        if answer.status is Status.FAILED and before is not None and _serves(before, now):
            answer, true_until = before.answer, before.true_until
        self._kept[name] = _Kept(answer, until, true_until)
        self._kept.move_to_end(name)
        while len(self._kept) > self._entries:
            self._kept.popitem(last=False)
        return answer


def _serves(kept: _Kept, now: float) -> bool:
    return kept.answer.status is Status.FOUND and now < kept.true_until + STALE_SECONDS
